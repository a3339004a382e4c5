# Embedding of files into the program.
#
# convlens_embed(TARGET NAME FILES…): TARGET gets a source that defines cvl_embedded_NAME
# (base/embedded.h); it is made anew when a file changes. FILES may be generator expressions.
# Run as a script (-P) this file writes that source: OUT, NAME and FILES are given with -D.
if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(CONVLENS_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
  function(convlens_embed target name)
    set(out ${CMAKE_CURRENT_BINARY_DIR}/embedded_${name}.c)
    add_custom_command(OUTPUT ${out}
      COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DNAME=${name} "-DFILES=${ARGN}"
        -P ${CONVLENS_EMBED_SCRIPT}
      DEPENDS ${ARGN} ${CONVLENS_EMBED_SCRIPT} VERBATIM)
    target_sources(${target} PRIVATE ${out})
  endfunction()
  return()
endif()

set(arrays)
set(rows)
set(count 0)
foreach(file IN LISTS FILES)
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
  string(REGEX REPLACE "((0x..,){24})" "\\1\n" bytes "${bytes}")
  get_filename_component(base ${file} NAME)
  string(APPEND arrays "static const unsigned char file_${count}[] = {\n${bytes}0};\n")
  string(APPEND rows "    {\"${base}\", file_${count}, sizeof file_${count} - 1},\n")
  math(EXPR count "${count} + 1")
endforeach()
# The row of zeros keeps a table without files legal C; the count leaves it out.
file(WRITE ${OUT} "#include \"base/embedded.h\"\n\n${arrays}
const struct cvl_embedded cvl_embedded_${NAME}[] = {\n${rows}    {0},\n};
const size_t cvl_embedded_${NAME}_count = ${count};\n")
