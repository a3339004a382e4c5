# Libraries the project is built on; design and reasons are in docs/design.md.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_path(CONVLENS_OPENCL_HEADERS CL/cl_layer.h REQUIRED DOC "Khronos OpenCL headers")
pkg_check_modules(inih REQUIRED IMPORTED_TARGET inih)
pkg_check_modules(jansson REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(sqlite3 REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(smartcols REQUIRED IMPORTED_TARGET smartcols)
pkg_check_modules(clblast IMPORTED_TARGET clblast)
