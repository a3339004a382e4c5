/* Text in XML and Markdown: names of any bytes are harmless. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "base/markdown.h"
#include "base/xml.h"

static char *made(void (*write)(FILE *stream, const char *text), const char *text)
{
    char *out = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&out, &size);
    write(stream, text);
    (void)fclose(stream);
    return out;
}

static void expect(void (*write)(FILE *stream, const char *text), const char *text,
                   const char *expected)
{
    char *out = made(write, text);
    cr_expect_str_eq(out, expected);
    free(out);
}

Test(markup, xml_has_entities)
{
    expect(cvl_xml_text, "", "");
    expect(cvl_xml_text, "block2 \xC2\xB5", "block2 \xC2\xB5");
    expect(cvl_xml_text, "<a b=\"c\" d='e'>&amp;]]>",
           "&lt;a b=&quot;c&quot; d=&apos;e&apos;&gt;&amp;amp;]]&gt;");
}

/* XML 1.0: #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF] */
Test(markup, xml_has_no_character_that_it_forbids)
{
    expect(cvl_xml_text, "a\x01\x1b\n\t\x7f", "a\\x01\\x1b\\x0a\\x09\\x7f");
    expect(cvl_xml_text, "\xEF\xBF\xBE\xEF\xBF\xBF\xEF\xBF\xBD",
           "\\xef\\xbf\\xbe\\xef\\xbf\\xbf\xEF\xBF\xBD");
    expect(cvl_xml_text, "\xED\xA0\x80 \xFF", "\\xed\\xa0\\x80 \\xff");
    expect(cvl_xml_text, "\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80");
}

Test(markup, markdown_is_code)
{
    expect(cvl_markdown_code, "", "-");
    expect(cvl_markdown_code, "sep_unfused", "`sep_unfused`");
    expect(cvl_markdown_code, "*a* [b](c) <i> @d #1 \\", "`*a* [b](c) <i> @d #1 \\`");
    expect(cvl_markdown_code, "a\nb\r", "`a\\x0ab\\x0d`");
    expect(cvl_markdown_code, "\xC2\xB5", "`\xC2\xB5`");
}

/* In a table | ends a cell even within code, and a backtick ends code. */
Test(markup, markdown_with_bars_and_backticks_is_html)
{
    expect(cvl_markdown_code, "a|b", "<code>a&#124;b</code>");
    expect(cvl_markdown_code, "`x` <b>\\|\n",
           "<code>&#96;x&#96; &#60;b&#62;&#92;&#124;&#92;x0a</code>");
}
