# check.cmake -DROOT=folder: dependencies between modules point down only.
#
# - A file of src/<module>/ includes files of its own and of lower modules; the order is that of
#   the convlens_module() lines of src/CMakeLists.txt.
# - A public header counts for the module that it describes; plain values count low.
# - Nothing that the modules in `pure` include, however indirectly, is an OpenCL header.
cmake_minimum_required(VERSION 3.20)

set(pure problem model report store result variants tuning)
# public headers that are not named as their module
set(owner_status base)
set(owner_device base)     # facts: a plain value without a handle
set(owner_plan problem)    # a plain value too
set(owner_result problem)  # rows are plain values as well
set(owner_sweep problem)
set(owner_chain problem)   # plans of many layers: plain values
set(owner_chains problem)  # and their rows
set(owner_variant variants)
set(owner_convlens cli)    # everything: for users of the library, not for modules
set(complaints)

# Sets `order` to the modules, lowest first
function(read_order)
  file(STRINGS ${ROOT}/src/CMakeLists.txt lines REGEX "^convlens_module\\(")
  list(TRANSFORM lines REPLACE "^convlens_module\\(([a-z]+).*" "\\1")
  if(NOT lines)
    message(FATAL_ERROR "${ROOT}/src/CMakeLists.txt has no convlens_module()")
  endif()
  set(order ${lines} PARENT_SCOPE)
endfunction()

# owner_of(INCLUDE OUT): module of an included name ("base/text.h", "convlens/plan.h"), or empty
function(owner_of name out)
  set(owner)
  if(name MATCHES "^convlens/([a-z]+)\\.h$")
    set(owner ${CMAKE_MATCH_1})
    if(DEFINED owner_${owner})
      set(owner ${owner_${owner}})
    endif()
  elseif(name MATCHES "^([a-z]+)/")
    set(owner ${CMAKE_MATCH_1})
  endif()
  set(${out} ${owner} PARENT_SCOPE)
endfunction()

# includes_of(FILE OUT): the names that a file includes
function(includes_of file out)
  file(STRINGS ${file} lines REGEX "^[ \t]*#[ \t]*include")
  list(TRANSFORM lines REPLACE ".*include[ \t]*[<\"]([^>\"]+)[>\"].*" "\\1")
  set(${out} ${lines} PARENT_SCOPE)
endfunction()

# check_direction(FILE MODULE): every include is of the module itself or of a lower one
function(check_direction file module)
  list(FIND order ${module} rank)
  includes_of(${file} names)
  foreach(name IN LISTS names)
    owner_of(${name} owner)
    list(FIND order "${owner}" other)
    if(other GREATER rank)
      list(APPEND complaints "${file}: ${module} must not include ${name} of ${owner}")
    endif()
  endforeach()
  set(complaints ${complaints} PARENT_SCOPE)
endfunction()

# locate(NAME BESIDE OUT): the project's file of an included name, or empty
function(locate name beside out)
  get_filename_component(folder ${beside} DIRECTORY)
  set(${out} "" PARENT_SCOPE)
  foreach(path IN ITEMS ${folder}/${name} ${ROOT}/src/${name} ${ROOT}/include/${name})
    if(EXISTS ${path})
      set(${out} ${path} PARENT_SCOPE)
      return()
    endif()
  endforeach()
endfunction()

# check_pure(FILE): no OpenCL header among all that the file includes
function(check_pure file)
  set(queue ${file})
  set(seen)
  while(queue)
    list(POP_FRONT queue next)
    list(APPEND seen ${next})
    includes_of(${next} names)
    foreach(name IN LISTS names)
      locate(${name} ${next} path)
      if(name MATCHES "^(CL|OpenCL)/" OR name MATCHES "clblast.*\\.h$")
        list(APPEND complaints "${file}: includes ${name} by ${next}, but must do without OpenCL")
      elseif(path AND NOT path IN_LIST seen)
        list(APPEND queue ${path})
      endif()
    endforeach()
    list(REMOVE_DUPLICATES queue)
  endwhile()
  set(complaints ${complaints} PARENT_SCOPE)
endfunction()

read_order()
set(count 0)
foreach(module IN LISTS order)
  file(GLOB_RECURSE files ${ROOT}/src/${module}/*.[ch])
  foreach(file IN LISTS files)
    math(EXPR count "${count} + 1")
    check_direction(${file} ${module})
    if(module IN_LIST pure)
      check_pure(${file})
    endif()
  endforeach()
endforeach()
file(GLOB headers ${ROOT}/include/convlens/*.h)
foreach(header IN LISTS headers)
  get_filename_component(name ${header} NAME)
  owner_of(convlens/${name} owner)
  check_direction(${header} ${owner})
  check_pure(${header})
endforeach()

foreach(complaint IN LISTS complaints)
  message("${complaint}")
endforeach()
if(complaints)
  message(FATAL_ERROR "a dependency points up")
endif()
message("${count} files of modules include nothing from above")
