# self_test.cmake -DFOLDER=folder: check.cmake accepts a good tree and complains of each bad one.
cmake_minimum_required(VERSION 3.20)

# make_tree(NAME): a small tree that is as it should be
function(make_tree name)
  set(root ${FOLDER}/${name})
  file(REMOVE_RECURSE ${root})
  file(WRITE ${root}/src/CMakeLists.txt
    "convlens_module(base)\nconvlens_module(problem)\nconvlens_module(model)\nconvlens_module(opencl)\n")
  file(WRITE ${root}/include/convlens/problem.h "#include <convlens/status.h>\n")
  file(WRITE ${root}/include/convlens/model.h
    "#include <convlens/problem.h>\n#include <convlens/terms.def>\n")
  file(WRITE ${root}/include/convlens/convlens.h "#include <convlens/model.h>\n")
  file(WRITE ${root}/src/base/text.h "#include <stddef.h>\n")
  file(WRITE ${root}/src/base/status.c "#include <convlens/status.h>\n")
  file(WRITE ${root}/src/opencl/cl.h "#include <CL/cl.h>\n")
  file(WRITE ${root}/src/opencl/names.h "#include \"opencl/cl.h\"\n")
  file(WRITE ${root}/src/problem/parse.c "#include <convlens/problem.h>\n#include \"base/text.h\"\n")
  file(WRITE ${root}/src/model/forms.c "#include <convlens/model.h>\n")
endfunction()

# expect(NAME STATUS PATTERN): check.cmake ends so on the tree NAME and says PATTERN
function(expect name status pattern)
  execute_process(COMMAND ${CMAKE_COMMAND} -DROOT=${FOLDER}/${name}
      -P ${CMAKE_CURRENT_LIST_DIR}/check.cmake
    RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL status OR NOT output MATCHES "${pattern}")
    message(FATAL_ERROR "tree ${name}: status ${result}, expected ${status}; output:\n${output}")
  endif()
  message("${name}: as expected")
endfunction()

make_tree(good)
expect(good 0 "6 files")

make_tree(upward)
file(APPEND ${FOLDER}/upward/src/base/text.h "#include \"model/forms.h\"\n")
expect(upward 1 "text.h: base must not include model/forms.h of model")

make_tree(public_upward)
file(APPEND ${FOLDER}/public_upward/src/problem/parse.c "#  include <convlens/model.h>\n")
expect(public_upward 1 "parse.c: problem must not include convlens/model.h of model")

make_tree(table_upward)
file(APPEND ${FOLDER}/table_upward/src/problem/parse.c "#include <convlens/terms.def>\n")
expect(table_upward 1 "parse.c: problem must not include convlens/terms.def of model")

make_tree(header_upward)
file(APPEND ${FOLDER}/header_upward/include/convlens/problem.h "#include <convlens/model.h>\n")
expect(header_upward 1 "problem.h: problem must not include convlens/model.h of model")

make_tree(opencl)
file(APPEND ${FOLDER}/opencl/src/model/forms.c "#include <CL/cl.h>\n")
expect(opencl 1 "forms.c: includes CL/cl.h")

make_tree(opencl_indirect)
file(APPEND ${FOLDER}/opencl_indirect/src/model/forms.c "#include \"opencl/names.h\"\n")
expect(opencl_indirect 1 "forms.c: includes CL/cl.h by [^ ]*src/opencl/cl.h")

make_tree(everything)
file(APPEND ${FOLDER}/everything/src/model/forms.c "#include <convlens/convlens.h>\n")
expect(everything 1 "convlens/convlens.h belongs to no")

make_tree(header_alone)
file(WRITE ${FOLDER}/header_alone/include/convlens/orphan.h "#include <stddef.h>\n")
expect(header_alone 1 "orphan.h: no module holds its source")

make_tree(circle)
file(WRITE ${FOLDER}/circle/src/model/forms.h "#include \"model/sums.h\"\n")
file(WRITE ${FOLDER}/circle/src/model/sums.h "#include <stddef.h>\n")
file(WRITE ${FOLDER}/circle/src/model/sums.c "#include \"model/sums.h\"\n#include \"model/forms.h\"\n")
file(WRITE ${FOLDER}/circle/src/model/above.c "#include \"model/forms.h\"\n")
expect(circle 1 "in a circle: model/forms, model/sums\n")
