# What `convlens --version` says of the build. convlens_build_facts(TARGET): TARGET gets
# cli/build_facts.h, whose commit is looked up at each build.
# Run as a script (-P) this file writes the header: OUT, ROOT, GIT and FACTS are given with -D.
#
# The commit is that of the work tree; of an archive made by `git archive`, what git put into
# commit.txt; else "unknown".
if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(CONVLENS_BUILD_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
  find_program(CONVLENS_GIT git DOC "Git, for the commit that --version shows")
  function(convlens_build_facts target)
    set(folder ${CMAKE_CURRENT_BINARY_DIR}/facts)
    set(parts "CLBlast no")
    if(CONVLENS_CLBLAST_ARCHIVE AND CONVLENS_CLBLAST_HEADERS)
      set(parts "CLBlast yes")
    endif()
    foreach(part IN ITEMS PORTABLE SANITIZE)
      string(TOLOWER ${part} name)
      string(REPLACE ";" "+" value "${CONVLENS_${part}}")
      if(value STREQUAL "" OR value STREQUAL "OFF")
        set(value no)
      elseif(value STREQUAL "ON")
        set(value yes)
      endif()
      string(APPEND parts ", ${name} ${value}")
    endforeach()
    set(header ${folder}/cli/build_facts.h)
    add_custom_target(convlens_facts BYPRODUCTS ${header}
      COMMAND ${CMAKE_COMMAND} -DOUT=${header} -DROOT=${PROJECT_SOURCE_DIR} -DGIT=${CONVLENS_GIT}
        "-DCOMPILER=${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION}"
        -DTYPE=${CMAKE_BUILD_TYPE} "-DPARTS=${parts}" -P ${CONVLENS_BUILD_SCRIPT} VERBATIM)
    add_dependencies(${target} convlens_facts)
    target_include_directories(${target} PRIVATE ${folder})
  endfunction()
  return()
endif()

function(git_says out)
  execute_process(COMMAND ${GIT} -C ${ROOT} ${ARGN} OUTPUT_VARIABLE said RESULT_VARIABLE result
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT result EQUAL 0)
    set(said "")
  endif()
  set(${out} "${said}" PARENT_SCOPE)
endfunction()

set(commit)
set(date)
if(GIT)
  git_says(top rev-parse --show-toplevel) # an archive may lie in the work tree of another project
  file(REAL_PATH ${ROOT} root)
  if(top STREQUAL root)
    git_says(commit describe --always --dirty --exclude * --abbrev=12)
    git_says(date show -s --format=%cs)
  endif()
endif()
if(NOT commit)
  file(STRINGS ${CMAKE_CURRENT_LIST_DIR}/commit.txt commit LIMIT_COUNT 1)
endif()
if(commit MATCHES "^([0-9a-f]+) ([0-9-]+)$") # of an archive
  set(commit ${CMAKE_MATCH_1})
  set(date ${CMAKE_MATCH_2})
endif()
if(NOT commit MATCHES "^[0-9a-f]+(-dirty)?$")
  set(commit unknown)
endif()
set(text "#define CVL_BUILD_COMMIT \"${commit}\"
#define CVL_BUILD_DATE \"${date}\"
#define CVL_BUILD_COMPILER \"${COMPILER}\"
#define CVL_BUILD_TYPE \"${TYPE}\"
#define CVL_BUILD_PARTS \"${PARTS}\"\n")
set(before "")
if(EXISTS ${OUT})
  file(READ ${OUT} before)
endif()
if(NOT text STREQUAL before) # nothing is compiled anew where nothing changed
  file(WRITE ${OUT} "${text}")
endif()
