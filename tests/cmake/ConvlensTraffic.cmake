# The memory traffic of kernels, counted by a plug-in for oclgrind (tests/vendors/traffic.cpp).
# Included, not called: a language can be enabled in a folder's scope only.
include(CheckLanguage)
check_language(CXX)
find_path(CONVLENS_OCLGRIND_HEADERS oclgrind/Plugin.h DOC "oclgrind's headers")
find_library(CONVLENS_OCLGRIND oclgrind DOC "oclgrind's library")
# oclgrind's headers do not say which LLVM they belong to: that of oclgrind 21.10 in Debian 12.
find_path(CONVLENS_OCLGRIND_LLVM_HEADERS llvm/IR/Instructions.h PATHS /usr/lib/llvm-14/include
  NO_DEFAULT_PATH DOC "headers of the LLVM that oclgrind is made with")
find_library(CONVLENS_OCLGRIND_LLVM LLVM-14 PATHS /usr/lib/llvm-14/lib DOC "LLVM that oclgrind is made with")

set(missing "")
if(NOT CMAKE_CXX_COMPILER)
  set(missing "a C++ compiler (g++)")
elseif(NOT CONVLENS_OCLGRIND_HEADERS OR NOT CONVLENS_OCLGRIND)
  set(missing "the headers of oclgrind (liboclgrind-dev)")
elseif(NOT CONVLENS_OCLGRIND_LLVM_HEADERS OR NOT CONVLENS_OCLGRIND_LLVM)
  set(missing "the headers of LLVM 14 (llvm-14-dev)")
elseif(CONVLENS_SANITIZE)
  set(missing "a build without sanitizers")
endif()

set(script ${CMAKE_CURRENT_SOURCE_DIR}/vendors/traffic.py)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${script})
execute_process(COMMAND ${CONVLENS_PYTHON} ${script} --list OUTPUT_VARIABLE cases RESULT_VARIABLE status)
string(REGEX MATCHALL "[a-z0-9_]+" cases "${cases}")
if(NOT status EQUAL 0 OR NOT cases)
  message(FATAL_ERROR "${script} --list: no cases (${status})")
endif()
if(missing)
  foreach(name IN LISTS cases ITEMS plugin)
    convlens_register_skipped(vendors/traffic/${name} vendors "needs ${missing}")
  endforeach()
  return()
endif()

enable_language(CXX)
add_library(convlens_traffic MODULE vendors/traffic.cpp)
target_include_directories(convlens_traffic SYSTEM PRIVATE ${CONVLENS_OCLGRIND_LLVM_HEADERS}
  ${CONVLENS_OCLGRIND_HEADERS} ${CONVLENS_OCLGRIND_HEADERS}/oclgrind)
target_link_libraries(convlens_traffic PRIVATE ${CONVLENS_OCLGRIND_LLVM} ${CONVLENS_OCLGRIND})
target_compile_options(convlens_traffic PRIVATE -Wall -Wextra -Wshadow -fno-rtti # as oclgrind
  $<$<BOOL:${CONVLENS_WERROR}>:-Werror>)
set_target_properties(convlens_traffic PROPERTIES CXX_STANDARD 17 CXX_STANDARD_REQUIRED ON
  CXX_EXTENSIONS OFF)

set(folder ${CMAKE_CURRENT_BINARY_DIR}/traffic)
convlens_register(vendors/traffic/plugin vendors ${CONVLENS_PYTHON}
  ${CMAKE_CURRENT_SOURCE_DIR}/vendors/test_traffic.py $<TARGET_FILE:convlens_traffic> ${folder}/plugin)
foreach(case IN LISTS cases)
  convlens_register(vendors/traffic/${case} vendors ${CMAKE_CURRENT_SOURCE_DIR}/device/on.sh oclgrind
    ${folder}/${case} ${CONVLENS_PYTHON} ${script} $<TARGET_FILE:convlens_program>
    $<TARGET_FILE:convlens_traffic> ${folder} --case ${case})
  set_tests_properties(vendors/traffic/${case} PROPERTIES TIMEOUT 3600)
endforeach()
