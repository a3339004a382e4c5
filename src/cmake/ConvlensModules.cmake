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

# convlens_module(NAME [FOLDERS folder…] [LIBRARIES library…]): src/NAME/*.c, and those of its
# folders, as object library cvl_NAME
function(convlens_module name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "FOLDERS;LIBRARIES")
  set(patterns ${PROJECT_SOURCE_DIR}/src/${name}/*.c)
  foreach(folder IN LISTS arg_FOLDERS)
    list(APPEND patterns ${PROJECT_SOURCE_DIR}/src/${name}/${folder}/*.c)
  endforeach()
  file(GLOB sources CONFIGURE_DEPENDS ${patterns})
  if(NOT sources)
    message(WARNING "src/${name} holds no source: module ${name} is left out")
    return()
  endif()
  set_property(GLOBAL APPEND PROPERTY CONVLENS_MODULES ${name})
  add_library(cvl_${name} OBJECT ${sources})
  target_link_libraries(cvl_${name} PUBLIC convlens_flags ${arg_LIBRARIES})
endfunction()

# convlens_table(FILE MACRO FOLDER): each row MACRO(name) of a .def needs its FOLDER/<name>.c
function(convlens_table file macro folder)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${file})
  file(STRINGS ${PROJECT_SOURCE_DIR}/${file} rows REGEX "^${macro}\\(")
  foreach(row IN LISTS rows)
    string(REGEX REPLACE "^${macro}\\(([a-z0-9_]+).*" "\\1" name "${row}")
    if(NOT EXISTS ${PROJECT_SOURCE_DIR}/${folder}/${name}.c)
      message(FATAL_ERROR "${file}: row ${name} needs ${folder}/${name}.c")
    endif()
  endforeach()
endfunction()
