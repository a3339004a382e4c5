# What is made of the modules: the library, shared and static, and the program.
#
# Debian's libclblast.a is not position-independent: it goes into the program and the static
# library; the shared library takes libclblast.so.

get_property(modules GLOBAL PROPERTY CONVLENS_MODULES)
set(CONVLENS_PROGRAM_MODULES supervise cli)
set(CONVLENS_LIBRARY_MODULES ${modules})
list(REMOVE_ITEM CONVLENS_LIBRARY_MODULES ${CONVLENS_PROGRAM_MODULES})
set(CONVLENS_LIBRARY_TARGETS ${CONVLENS_LIBRARY_MODULES})
list(TRANSFORM CONVLENS_LIBRARY_TARGETS PREPEND cvl_)
set(CONVLENS_LIBRARY_TARGETS ${CONVLENS_LIBRARY_TARGETS} PARENT_SCOPE)

set(objects ${CONVLENS_LIBRARY_TARGETS})
list(TRANSFORM objects REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>")
set(externals PkgConfig::inih PkgConfig::jansson PkgConfig::sqlite3 PkgConfig::smartcols m
  ${CMAKE_DL_LIBS} Threads::Threads)

# convlens_library(TARGET SHARED|STATIC libraries…): the modules as a library that others link
function(convlens_library target kind)
  add_library(${target} ${kind} ${objects})
  set_target_properties(${target} PROPERTIES OUTPUT_NAME convlens C_STANDARD 11
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
  target_include_directories(${target} INTERFACE
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:convlens_flags>)
  foreach(library IN LISTS ARGN)
    target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:${library}>)
  endforeach()
endfunction()

convlens_library(convlens_static STATIC ${externals} convlens_clblast)
set(CONVLENS_STATIC_LIBS inih jansson sqlite3 smartcols m dl pthread)
if(CONVLENS_CLBLAST_ARCHIVE)
  list(PREPEND CONVLENS_STATIC_LIBS -l:libclblast.a stdc++)
endif()
target_link_libraries(convlens_static INTERFACE "$<INSTALL_INTERFACE:${CONVLENS_STATIC_LIBS}>")
set(CONVLENS_STATIC_LIBS ${CONVLENS_STATIC_LIBS} PARENT_SCOPE)

if(NOT CONVLENS_PORTABLE) # a portable build is about the program; it has no shared library
  convlens_library(convlens SHARED ${externals})
  if(clblast_FOUND)
    target_link_libraries(convlens PRIVATE $<BUILD_INTERFACE:PkgConfig::clblast>)
  endif()
  target_link_options(convlens PRIVATE LINKER:--exclude-libs,ALL)
endif()

if(TARGET cvl_cli)
  add_executable(convlens_program $<TARGET_OBJECTS:cvl_cli>)
  target_link_libraries(convlens_program PRIVATE cvl_cli cvl_supervise convlens_static)
  set_target_properties(convlens_program PROPERTIES OUTPUT_NAME convlens
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  if(CONVLENS_PORTABLE)
    target_link_options(convlens_program PRIVATE -static-libgcc)
  endif()
endif()
