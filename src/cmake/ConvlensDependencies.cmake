# Libraries the project is built on; design and reasons are in docs/design.md.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_path(CONVLENS_OPENCL_HEADERS CL/cl_layer.h REQUIRED DOC "Khronos OpenCL headers")
pkg_check_modules(inih REQUIRED IMPORTED_TARGET inih)
pkg_check_modules(jansson REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(sqlite3 REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(smartcols REQUIRED IMPORTED_TARGET smartcols)
pkg_check_modules(clblast IMPORTED_TARGET clblast)
if(CONVLENS_PORTABLE) # libsmartcols has no static library; every Linux system has it
  foreach(name IN ITEMS inih jansson sqlite3)
    find_library(CONVLENS_${name}_ARCHIVE lib${name}.a REQUIRED)
    set_property(TARGET PkgConfig::${name} PROPERTY INTERFACE_LINK_LIBRARIES
      ${CONVLENS_${name}_ARCHIVE})
  endforeach()
endif()

# CLBlast for the program: the static archive, whose OpenCL calls then go through src/opencl/loader.c.
# Its shared library is linked with an OpenCL loader, which even `convlens plan` would then open.
# Without the archive (or with -DCONVLENS_CLBLAST_ARCHIVE=OFF) the library stages refuse.
add_library(convlens_clblast INTERFACE)
find_library(CONVLENS_CLBLAST_ARCHIVE libclblast.a DOC "CLBlast's static library")
find_path(CONVLENS_CLBLAST_HEADERS clblast_c.h DOC "CLBlast's C interface")
if(CONVLENS_CLBLAST_ARCHIVE AND CONVLENS_CLBLAST_HEADERS)
  target_compile_definitions(convlens_clblast INTERFACE CONVLENS_HAVE_CLBLAST)
  target_include_directories(convlens_clblast SYSTEM INTERFACE ${CONVLENS_CLBLAST_HEADERS})
  target_link_libraries(convlens_clblast INTERFACE ${CONVLENS_CLBLAST_ARCHIVE}
    $<IF:$<BOOL:${CONVLENS_PORTABLE}>,-l:libstdc++.a,stdc++> m)
else()
  message(STATUS "no libclblast.a with clblast_c.h: variants that use CLBlast will refuse")
endif()
