# Finds the tests in their files and registers them with ctest; tests/README.md says what a file
# says about itself.

# convlens_find_criterion(): sets CONVLENS_CRITERION; without it the tests in C show as "Not Run"
function(convlens_find_criterion)
  pkg_check_modules(criterion IMPORTED_TARGET criterion)
  if(NOT criterion_FOUND)
    message(WARNING "Criterion not found (libcriterion-dev): no unit and no device test is built")
  endif()
  set(CONVLENS_CRITERION ${criterion_FOUND} PARENT_SCOPE)
endfunction()

# convlens_test_words(FILE KEY OUT): the words of a line `/* KEY: word word */` among the first 30
function(convlens_test_words file key out)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(STRINGS ${file} lines LIMIT_COUNT 30 REGEX "^(/\\*| \\*) *${key}:")
  string(REGEX REPLACE "^[^:]*:" "" words "${lines}")
  string(REPLACE "*/" "" words "${words}")
  separate_arguments(words UNIX_COMMAND "${words}")
  set(${out} ${words} PARENT_SCOPE)
endfunction()

# Tests loop over enums with an int, which clang takes for a change of sign and gcc does not.
add_library(convlens_test_flags INTERFACE) # linked after convlens_flags
target_compile_options(convlens_test_flags INTERFACE -Wno-sign-conversion)

# convlens_test_stubs(TARGET FILE): the `stubs:` of a test file, libraries that it opens at run time
function(convlens_test_stubs target file)
  convlens_test_words(${file} stubs stubs)
  get_filename_component(folder ${file} DIRECTORY)
  foreach(stub IN LISTS stubs)
    if(NOT TARGET ${stub}) # several tests may use it
      add_library(${stub} MODULE ${folder}/${stub}.c)
      target_link_libraries(${stub} PRIVATE convlens_flags)
      set_target_properties(${stub} PROPERTIES PREFIX "" C_VISIBILITY_PRESET default)
    endif()
    add_dependencies(${target} ${stub})
  endforeach()
  target_compile_definitions(${target} PRIVATE CONVLENS_STUB_DIR="${CMAKE_CURRENT_BINARY_DIR}")
endfunction()

# convlens_test_program(TARGET FILE OBJECTS…): an executable of a test file and its `sources:`
function(convlens_test_program target file)
  convlens_test_words(${file} sources extra)
  get_filename_component(folder ${file} DIRECTORY)
  list(TRANSFORM extra PREPEND ${folder}/)
  add_executable(${target} ${file} ${extra})
  target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(${target} PRIVATE ${ARGN} convlens_flags convlens_test_flags PkgConfig::criterion
    Threads::Threads ${CMAKE_DL_LIBS} m)
  target_compile_definitions(${target} PRIVATE CONVLENS_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
    CONVLENS_BINARY_DIR="${PROJECT_BINARY_DIR}")
  convlens_test_stubs(${target} ${file})
  convlens_test_words(${file} wraps wraps)
  list(TRANSFORM wraps PREPEND LINKER:--wrap=)
  target_link_options(${target} PRIVATE ${wraps})
endfunction()

# convlens_register(NAME LABEL COMMAND…): what all tests have in common. Time limits are there to end what
# would never end: the suite passes beside twenty busy processes on two cores.
function(convlens_register name label)
  add_test(NAME ${name} COMMAND ${ARGN})
  set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT 1800 SKIP_RETURN_CODE 77
    FAIL_REGULAR_EXPRESSION "Sanitizer:|runtime error:"
    # nobody's own tuning database, nobody's own width
    ENVIRONMENT "XDG_DATA_HOME=${CMAKE_CURRENT_BINARY_DIR}/no-data;COLUMNS=;CVL_TEST_INTEL=${PROJECT_BINARY_DIR}/intel-opencl")
endfunction()

# convlens_register_skipped(NAME LABEL REASON): in place of a test that cannot be built here, so that
# it is seen to be missing
function(convlens_register_skipped name label reason)
  convlens_register(${name} ${label} sh -c "echo 'SKIP: ${reason}' && exit 77")
endfunction()

# Every tests/unit/test_<subject>.c, linked with what it uses of an archive of everything
function(convlens_unit_tests)
  file(GLOB files CONFIGURE_DEPENDS unit/test_*.c)
  add_library(convlens_tested STATIC $<TARGET_OBJECTS:cvl_supervise> $<TARGET_OBJECTS:cvl_intercept>
    $<FILTER:$<TARGET_OBJECTS:cvl_cli>,EXCLUDE,/main\\.c>)
  target_link_libraries(convlens_tested PUBLIC convlens_static PkgConfig::jansson)
  foreach(file IN LISTS files)
    string(REGEX REPLACE ".*/test_(.+)\\.c$" "\\1" subject ${file})
    if(CONVLENS_CRITERION)
      convlens_test_program(unit_${subject} ${file} convlens_tested)
    endif()
    convlens_register(unit/${subject} unit ${CMAKE_CURRENT_BINARY_DIR}/unit_${subject}
      --verbose=1)
  endforeach()
endfunction()

# Every tests/device/test_<subject>.c, linked with the whole library, once per device
function(convlens_device_tests)
  file(GLOB files CONFIGURE_DEPENDS device/test_*.c)
  foreach(file IN LISTS files)
    string(REGEX REPLACE ".*/test_(.+)\\.c$" "\\1" subject ${file})
    convlens_test_words(${file} checker devices)
    if(CONVLENS_CRITERION)
      convlens_test_program(device_${subject} ${file} ${CONVLENS_LIBRARY_TARGETS} convlens_clblast)
    endif()
    foreach(device IN LISTS devices ITEMS pocl rusticl intel)
      convlens_device_test(${device} ${subject})
    endforeach()
  endforeach()
endfunction()

# One run on the devices of three vendors
function(convlens_together_test)
  set(name device/together)
  convlens_register(${name} device ${CMAKE_CURRENT_SOURCE_DIR}/device/on.sh together
    ${CMAKE_CURRENT_BINARY_DIR}/devices ${CONVLENS_PYTHON}
    ${CMAKE_CURRENT_SOURCE_DIR}/device/test_together.py $<TARGET_FILE:convlens_program>
    ${CMAKE_CURRENT_BINARY_DIR}/together ${CMAKE_CURRENT_SOURCE_DIR}/device/together.ini)
  set_tests_properties(${name} PROPERTIES RESOURCE_LOCK device TIMEOUT 7200)
endfunction()

function(convlens_device_test device subject)
  set(name device/${device}/${subject})
  convlens_register(${name} device ${CMAKE_CURRENT_SOURCE_DIR}/device/on.sh ${device}
    ${CMAKE_CURRENT_BINARY_DIR}/devices ${CMAKE_CURRENT_BINARY_DIR}/device_${subject} --verbose=1)
  set_property(TEST ${name} APPEND PROPERTY LABELS ${device})
  # Each may take every core, and some measure time: one at a time. The checker is slow.
  set_tests_properties(${name} PROPERTIES RESOURCE_LOCK device TIMEOUT 7200)
endfunction()

# What is asserted of the sources themselves
function(convlens_source_tests)
  set(dependencies ${CMAKE_CURRENT_SOURCE_DIR}/dependencies)
  convlens_register(source/dependencies source ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR}
    -P ${dependencies}/check.cmake)
  convlens_register(source/dependencies-self-test source ${CMAKE_COMMAND}
    -DFOLDER=${CMAKE_CURRENT_BINARY_DIR}/dependencies -P ${dependencies}/self_test.cmake)
  convlens_register(source/format source ${CMAKE_CURRENT_SOURCE_DIR}/source/format.sh
    ${PROJECT_SOURCE_DIR})
  file(GLOB kernels CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/cl/*.cl)
  foreach(kernel IN LISTS kernels)
    get_filename_component(name ${kernel} NAME_WE)
    convlens_register(source/cl/${name} source ${CMAKE_CURRENT_SOURCE_DIR}/source/cl_syntax.sh
      ${kernel})
  endforeach()
endfunction()

# Every heading is explained, and what is made of the tables of commands and options is well-formed
function(convlens_words_tests)
  convlens_register(source/words source ${CONVLENS_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/source/words.py
    ${PROJECT_SOURCE_DIR} $<TARGET_FILE:convlens_program>)
  convlens_register(source/build-facts source ${CMAKE_CURRENT_SOURCE_DIR}/source/build_facts.sh
    ${CMAKE_COMMAND} ${PROJECT_SOURCE_DIR})
  foreach(kind IN ITEMS man bash zsh fish)
    convlens_register(cli/manual/${kind} cli ${CMAKE_CURRENT_SOURCE_DIR}/cli/manual.sh ${kind}
      $<TARGET_FILE:convlens_program> ${PROJECT_SOURCE_DIR})
  endforeach()
endfunction()

# Every public header compiles alone, as C and as C++
function(convlens_header_tests)
  find_program(CONVLENS_CXX NAMES c++ g++ clang++ DOC "C++ compiler for the header tests")
  file(GLOB headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/convlens/*.h)
  foreach(header IN LISTS headers)
    get_filename_component(name ${header} NAME_WE)
    foreach(language IN ITEMS c c++)
      set(compiler ${CMAKE_C_COMPILER})
      if(language STREQUAL "c++")
        set(compiler "${CONVLENS_CXX}")
      endif()
      convlens_register(header/${language}/${name} header
        ${CMAKE_CURRENT_SOURCE_DIR}/source/header_alone.sh "${compiler}" ${language}
        ${PROJECT_SOURCE_DIR}/include convlens/${name}.h)
    endforeach()
  endforeach()
endfunction()

# The library as others find it: installed, then used through CMake and through pkg-config
function(convlens_install_tests)
  if(NOT TARGET convlens)
    return()
  endif()
  set(script ${CMAKE_CURRENT_SOURCE_DIR}/install/consumer.sh)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/install)
  convlens_register(install/prefix install ${script} prefix ${folder} ${CMAKE_COMMAND}
    ${PROJECT_BINARY_DIR})
  set_tests_properties(install/prefix PROPERTIES FIXTURES_SETUP prefix)
  foreach(way IN ITEMS cmake-shared cmake-static pkg-config-shared pkg-config-static exports program)
    convlens_register(install/${way} install ${script} ${way} ${folder} ${CMAKE_COMMAND}
      ${CMAKE_C_COMPILER})
    set_tests_properties(install/${way} PROPERTIES FIXTURES_REQUIRED prefix)
  endforeach()
endfunction()

# The portable program needs nothing but what every Linux system has
function(convlens_portable_test)
  convlens_register(install/portable install ${CMAKE_CURRENT_SOURCE_DIR}/install/portable.sh
    ${CMAKE_COMMAND} ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_BINARY_DIR}/portable
    ${CMAKE_C_COMPILER})
  set_tests_properties(install/portable PROPERTIES TIMEOUT 3600)
endfunction()

# The distribution's own Python comes first: it is the one that has the distribution's NumPy.
find_program(CONVLENS_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(CONVLENS_PYTHON python3 DOC "Python for tests of the program from outside")

# What the tests in Python start their programs with
function(convlens_python_tests)
  set(name tests/children)
  convlens_register(${name} tests ${CONVLENS_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/python/test_children.py)
endfunction()

# Every kernel through the vendors' offline compilers, without their hardware
function(convlens_vendor_tests)
  set(vendors ${CMAKE_CURRENT_SOURCE_DIR}/vendors)
  convlens_register(vendors/parsers vendors ${CONVLENS_PYTHON} ${vendors}/test_parsers.py)
  foreach(vendor IN ITEMS amd intel nvidia)
    set(name vendors/${vendor})
    convlens_register(${name} vendors ${CONVLENS_PYTHON} ${vendors}/test_vendors.py
      $<TARGET_FILE:convlens_program> ${PROJECT_BINARY_DIR}/vendors ${vendor})
    # Two compilers run at once.
    set_tests_properties(${name} PROPERTIES PROCESSORS 2 TIMEOUT 3600)
  endforeach()
endfunction()

# The program from outside: what it prints without a device, and its tensors against NumPy
function(convlens_cli_tests)
  set(cli ${CMAKE_CURRENT_SOURCE_DIR}/cli)
  file(GLOB cases CONFIGURE_DEPENDS ${cli}/golden/*.sh)
  foreach(case IN LISTS cases)
    get_filename_component(name ${case} NAME_WE)
    convlens_register(cli/${name} cli ${cli}/golden.sh $<TARGET_FILE:convlens_program> ${name})
  endforeach()
  convlens_register(cli/large_models cli ${CONVLENS_PYTHON} ${cli}/test_large_models.py
    $<TARGET_FILE:convlens_program> ${CMAKE_CURRENT_BINARY_DIR}/large_models)
  foreach(device IN ITEMS pocl rusticl intel)
    foreach(subject IN ITEMS dump half_rows)
      set(name cli/${subject}/${device})
      convlens_register(${name} cli ${CMAKE_CURRENT_SOURCE_DIR}/device/on.sh ${device}
        ${CMAKE_CURRENT_BINARY_DIR}/devices ${CONVLENS_PYTHON} ${cli}/test_${subject}.py
        $<TARGET_FILE:convlens_program> ${CMAKE_CURRENT_BINARY_DIR}/${subject}/${device})
      set_tests_properties(${name} PROPERTIES TIMEOUT 3600 RESOURCE_LOCK device)
    endforeach()
  endforeach()
  foreach(subject IN ITEMS as models)
    set(name cli/${subject}/pocl)
    convlens_register(${name} cli ${CMAKE_CURRENT_SOURCE_DIR}/device/on.sh pocl
      ${CMAKE_CURRENT_BINARY_DIR}/devices ${CONVLENS_PYTHON} ${cli}/test_${subject}.py
      $<TARGET_FILE:convlens_program> ${CMAKE_CURRENT_BINARY_DIR}/${subject})
    set_tests_properties(${name} PROPERTIES TIMEOUT 3600 RESOURCE_LOCK device)
  endforeach()
endfunction()

# Every command of the documentation, and every output that it shows
function(convlens_docs_tests)
  file(GLOB pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/docs/*.md)
  foreach(page IN LISTS pages)
    get_filename_component(name ${page} NAME_WE)
    convlens_register(docs/${name} docs ${CMAKE_CURRENT_SOURCE_DIR}/device/on.sh pocl
      ${CMAKE_CURRENT_BINARY_DIR}/devices ${CONVLENS_PYTHON}
      ${CMAKE_CURRENT_SOURCE_DIR}/docs/run_docs.py $<TARGET_FILE:convlens_program>
      ${PROJECT_SOURCE_DIR} ${page})
    set_tests_properties(docs/${name} PROPERTIES TIMEOUT 1800 RESOURCE_LOCK device)
  endforeach()
endfunction()

# Programs that are traced: a product by CLBlast, linked in three ways, and trace/subject.c
function(convlens_trace_programs)
  set(trace ${CMAKE_CURRENT_SOURCE_DIR}/trace)
  find_library(CONVLENS_OPENCL libOpenCL.so.1 DOC "OpenCL loader that the traced programs link with")
  find_library(CONVLENS_CLBLAST_SHARED libclblast.so DOC "CLBlast's shared library")
  foreach(way IN ITEMS static shared dlopen)
    add_executable(trace_product_${way} ${trace}/product.c)
    target_link_libraries(trace_product_${way} PRIVATE convlens_flags ${CONVLENS_OPENCL}
      ${CMAKE_DL_LIBS})
    target_include_directories(trace_product_${way} SYSTEM PRIVATE ${CONVLENS_CLBLAST_HEADERS})
  endforeach()
  target_link_libraries(trace_product_static PRIVATE convlens_clblast ${CONVLENS_OPENCL})
  target_link_libraries(trace_product_shared PRIVATE ${CONVLENS_CLBLAST_SHARED})
  target_compile_definitions(trace_product_dlopen PRIVATE PRODUCT_DLOPEN)
  add_executable(trace_cost ${trace}/cost.c)
  target_link_libraries(trace_cost PRIVATE convlens_flags ${CONVLENS_OPENCL})
  add_executable(trace_subject ${trace}/subject.c)
  target_link_libraries(trace_subject PRIVATE convlens_flags Threads::Threads ${CMAKE_DL_LIBS})
endfunction()

# convlens trace on programs of others. Not with sanitizers: their runtime must come first.
function(convlens_trace_tests)
  if(CONVLENS_CLBLAST_ARCHIVE)
    convlens_trace_programs()
  endif()
  foreach(device IN ITEMS pocl rusticl intel)
    set(name trace/${device})
    if(NOT CONVLENS_CLBLAST_ARCHIVE)
      convlens_register_skipped(${name} trace "no libclblast.a, which a traced program needs")
      continue()
    endif()
    convlens_register(${name} trace ${CMAKE_CURRENT_SOURCE_DIR}/device/on.sh ${device}
      ${CMAKE_CURRENT_BINARY_DIR}/devices ${CONVLENS_PYTHON}
      ${CMAKE_CURRENT_SOURCE_DIR}/trace/test_trace.py $<TARGET_FILE:convlens_program>
      ${CMAKE_CURRENT_BINARY_DIR} ${device})
    set_tests_properties(${name} PROPERTIES TIMEOUT 3600 RESOURCE_LOCK device)
  endforeach()
endfunction()

# The layer's books under the thread sanitizer, without OpenCL
function(convlens_stress_test)
  set(layer ${PROJECT_SOURCE_DIR}/src/layer/intercept)
  list(TRANSFORM CONVLENS_LAYER_BOOKS REPLACE "(.+)" "${layer}/\\1.c" OUTPUT_VARIABLE books)
  add_executable(trace_stress ${CMAKE_CURRENT_SOURCE_DIR}/trace/stress.c ${books})
  target_link_libraries(trace_stress PRIVATE convlens_flags Threads::Threads)
  target_compile_options(trace_stress PRIVATE -fsanitize=thread -g -O1)
  target_link_options(trace_stress PRIVATE -fsanitize=thread)
  convlens_register(trace/stress trace ${CMAKE_CURRENT_SOURCE_DIR}/trace/stress.sh
    $<TARGET_FILE:trace_stress> ${CMAKE_CURRENT_BINARY_DIR}/stress)
endfunction()

# The program with variants that misbehave (fault/fault_variants.def), and what a run survives
function(convlens_fault_tests)
  set(fault ${CMAKE_CURRENT_SOURCE_DIR}/fault)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/fault)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/variants/*.c
    ${PROJECT_SOURCE_DIR}/src/variants/parts/*.c)
  add_library(faulty_variants OBJECT ${sources} ${fault}/fault_variants.c)
  target_link_libraries(faulty_variants PUBLIC convlens_flags)
  target_compile_definitions(faulty_variants PRIVATE
    CONVLENS_FAULT_VARIANTS="${fault}/fault_variants.def")
  set(modules ${CONVLENS_LIBRARY_TARGETS})
  list(REMOVE_ITEM modules cvl_variants)
  add_executable(convlens_faults)
  target_link_libraries(convlens_faults PRIVATE cvl_cli cvl_supervise ${modules} faulty_variants
    convlens_clblast Threads::Threads ${CMAKE_DL_LIBS} m)
  foreach(library IN ITEMS crashing_icd gate_layer figures_layer)
    add_library(${library} MODULE ${fault}/${library}.c)
    target_include_directories(${library} SYSTEM PRIVATE ${CONVLENS_OPENCL_HEADERS})
    target_link_libraries(${library} PRIVATE convlens_flags)
    set_target_properties(${library} PROPERTIES C_VISIBILITY_PRESET default)
  endforeach()

  file(GLOB kernels CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/cl/*.cl*)
  file(MAKE_DIRECTORY ${folder}/cl)
  foreach(kernel IN LISTS kernels ITEMS ${fault}/fault.cl)
    get_filename_component(name ${kernel} NAME)
    file(CREATE_LINK ${kernel} ${folder}/cl/${name} SYMBOLIC)
  endforeach()
  convlens_fault_cases(${fault}/test_faults.py ${folder})
endfunction()

# A test for each case that the script lists; the list is asked for anew when the script changes
function(convlens_fault_cases script folder)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${script})
  execute_process(COMMAND ${CONVLENS_PYTHON} ${script} --list OUTPUT_VARIABLE cases
    RESULT_VARIABLE status)
  string(REGEX MATCHALL "[a-z0-9_]+" cases "${cases}")
  if(NOT status EQUAL 0 OR NOT cases)
    message(FATAL_ERROR "${script} --list: no cases (${status})")
  endif()
  foreach(case IN LISTS cases)
    set(name fault/${case})
    convlens_register(${name} fault ${CONVLENS_PYTHON} ${script} $<TARGET_FILE:convlens_faults>
      $<TARGET_FILE:crashing_icd> $<TARGET_FILE:gate_layer> $<TARGET_FILE:figures_layer> ${folder}
      ${case})
    set_tests_properties(${name} PROPERTIES RESOURCE_LOCK device)
    set_property(TEST ${name} APPEND PROPERTY ENVIRONMENT CONVLENS_CL_DIR=${folder}/cl)
  endforeach()
endfunction()

# tests/hardware/run.sh, which measures a machine with a GPU, where there is none
function(convlens_hardware_tests)
  set(hardware ${CMAKE_CURRENT_SOURCE_DIR}/hardware)
  set(arguments ${CONVLENS_PYTHON} ${hardware}/test_hardware.py $<TARGET_FILE:convlens_program>
    ${CMAKE_CURRENT_BINARY_DIR}/hardware)
  convlens_register(device/hardware device ${CMAKE_CURRENT_SOURCE_DIR}/device/on.sh pocl
    ${CMAKE_CURRENT_BINARY_DIR}/devices ${arguments}/whole whole)
  set_tests_properties(device/hardware PROPERTIES RESOURCE_LOCK device TIMEOUT 7200)
  foreach(case IN ITEMS faults sweep)
    convlens_register(cli/hardware/${case} cli ${arguments}/${case} ${case})
  endforeach()
endfunction()

# convlens_fuzz(): convlens_fuzz_import, where the sanitizers are libFuzzer's; tests/fuzz/run.sh asks for it
function(convlens_fuzz)
  if(NOT "fuzzer-no-link" IN_LIST CONVLENS_SANITIZE)
    return()
  endif()
  add_executable(convlens_fuzz_import EXCLUDE_FROM_ALL ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/import.c)
  target_link_libraries(convlens_fuzz_import PRIVATE cvl_import cvl_sweep cvl_variants cvl_result cvl_plan cvl_device
    cvl_problem cvl_base convlens_flags m)
  target_link_options(convlens_fuzz_import PRIVATE -fsanitize=fuzzer)
endfunction()
