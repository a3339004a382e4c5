#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "trace/names.h"
#include "trace/watch.h"

static void expect(const char *symbol, const char *expected)
{
    char text[200];
    cvl_name_print(text, sizeof text, symbol);
    cr_assert_str_eq(text, expected, "%s: %s", symbol, text);
}

Test(trace_names, of_c_stay_as_they_are)
{
    expect("main", "main");
    expect("CLBlastSgemm", "CLBlastSgemm");
    expect("", "");
    expect("_", "_");
    expect("_Z", "_Z");
    expect("_ZN", "_ZN");
}

/* As g++ 12 mangles them: templates, constructors, operators, literals, local functions. */
Test(trace_names, of_cpp_are_read)
{
    expect("_Z4fillv", "fill");
    expect("_ZN7clblast5XgemmIfE12GemmIndirectEmmmfRKNS_6BufferIfEE",
           "clblast::Xgemm::GemmIndirect");
    expect("_ZN7clblast6BufferIfEC2ERKNS_7ContextENS_12BufferAccessEm", "clblast::Buffer::Buffer");
    expect("_ZN7clblast6BufferISt7complexIdEED1Ev", "clblast::Buffer::~Buffer");
    expect("_ZN7clblast4GemmISt7complexIdEEENS_10StatusCodeENS_6LayoutE", "clblast::Gemm");
    expect("_ZNK3app4GridixEm", "app::Grid::operator");
    expect("_ZNSt6vectorIN3app4TileESaIS1_EE9push_backERKS1_", "std::vector::push_back");
    expect("_ZSt4moveIRiEONSt16remove_referenceIT_E4typeEOS2_", "std::move");
    expect("_ZN3app5ArrayILi16ELb1EE4fillEv", "app::Array::fill");
    expect("_ZN3app4KindIL_ZNS_1xEEE3runEv", "app::Kind::run");
    expect("_ZN12_GLOBAL__N_16helperEv", "(anonymous)::helper");
    expect("_ZZN3app3runEvENKUlvE_clEv", "app::run");
    expect("_ZN3appL4makeEv", "app::make");
    expect("_ZN3app3getB5cxx11Ev", "app::get");
}

Test(trace_names, that_are_not_understood_stay)
{
    expect("_ZTV3app", "_ZTV3app");
    expect("_ZN99999999999999999999xE", "_ZN99999999999999999999xE");
    expect("_ZN3app5ArrayIXsr3fooE", "_ZN3app5ArrayIXsr3fooE");
    expect("_ZN3appIIIIIIIII", "_ZN3appIIIIIIIII");
    expect("_ZN3app", "_ZN3app");
}

/* Whatever the bytes, it ends, and the text is whole. */
Test(trace_names, hostile_names_end)
{
    static const char letters[] = "_ZNSIELTXJFDC3t1aKv";
    unsigned state = 1;
    for (int round = 0; round < 200000; round++) {
        char symbol[24] = "_Z", text[16];
        for (size_t i = 2; i < sizeof symbol - 1; i++) {
            state = state * 1103515245u + 12345u;
            symbol[i] = letters[(state >> 16) % (sizeof letters - 1)];
        }
        cvl_name_print(text, sizeof text, symbol);
        cr_assert_lt(strnlen(text, sizeof text), sizeof text);
    }
}

Test(trace_names, scope_is_what_stands_first)
{
    char scope[8];
    cr_assert(cvl_name_scope(scope, sizeof scope, "clblast::Xgemm::Gemm"));
    cr_assert_str_eq(scope, "clblast");
    cr_assert_not(cvl_name_scope(scope, sizeof scope, "main"));
    cr_assert_not(cvl_name_scope(scope, sizeof scope, "::main"));
    cr_assert(cvl_name_scope(scope, sizeof scope, "far_too_long::x"));
    cr_assert_str_eq(scope, "far_too");
}

Test(trace_watch, knows_loaders_and_drivers)
{
    cr_assert_eq(cvl_watch_judge("/usr/lib/x86_64-linux-gnu/libOpenCL.so.1.0.0"), CVL_TRACE_LOADER);
    cr_assert_eq(cvl_watch_judge("/usr/lib/libpocl.so.2.10.0"), CVL_TRACE_DRIVER);
    cr_assert_eq(cvl_watch_judge("/usr/lib/libnvidia-opencl.so.535.1"), CVL_TRACE_DRIVER);
    cr_assert_eq(cvl_watch_judge("/opt/rocm/lib/libamdocl64.so"), CVL_TRACE_DRIVER);
    cr_assert_eq(cvl_watch_judge("/libOpenCL.so/libc.so.6"), CVL_TRACE_NO_OPENCL);
    cr_assert_eq(cvl_watch_judge("[heap]"), CVL_TRACE_NO_OPENCL);
}
