# One object library for each folder of src/, and what every target is compiled with.

add_library(convlens_flags INTERFACE)
target_compile_options(convlens_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef $<$<BOOL:${CONVLENS_WERROR}>:-Werror>)
target_compile_definitions(convlens_flags INTERFACE _GNU_SOURCE
  CONVLENS_VERSION="${PROJECT_VERSION}")
target_include_directories(convlens_flags INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>)
if(CONVLENS_SANITIZE)
  string(REPLACE ";" "," sanitizers "${CONVLENS_SANITIZE}")
  target_compile_options(convlens_flags INTERFACE -fsanitize=${sanitizers}
    -fno-sanitize-recover=all -fno-omit-frame-pointer -g)
  target_link_options(convlens_flags INTERFACE -fsanitize=${sanitizers})
endif()

# convlens_module(NAME [libraries…]): src/NAME/*.c as object library cvl_NAME
function(convlens_module name)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.c)
  if(NOT sources)
    message(WARNING "src/${name} holds no source: module ${name} is left out")
    return()
  endif()
  set_property(GLOBAL APPEND PROPERTY CONVLENS_MODULES ${name})
  add_library(cvl_${name} OBJECT ${sources})
  target_link_libraries(cvl_${name} PUBLIC convlens_flags ${ARGN})
endfunction()

# convlens_table(FILE MACRO FOLDER OUT): names of the rows MACRO(name) of a .def; each needs FOLDER/<name>.c
function(convlens_table file macro folder out)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${file})
  file(STRINGS ${PROJECT_SOURCE_DIR}/${file} rows REGEX "^${macro}\\(")
  set(names)
  foreach(row IN LISTS rows)
    string(REGEX REPLACE "^${macro}\\(([a-z0-9_]+).*" "\\1" name "${row}")
    if(NOT EXISTS ${PROJECT_SOURCE_DIR}/${folder}/${name}.c)
      message(FATAL_ERROR "${file}: row ${name} needs ${folder}/${name}.c")
    endif()
    list(APPEND names ${name})
  endforeach()
  set(${out} ${names} PARENT_SCOPE)
endfunction()
