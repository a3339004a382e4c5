# The allocation-tracking layer: a shared object that OpenCL loaders take (OPENCL_LAYERS). Its books
# are an object library of their own, so that tests can link them.
set(CONVLENS_LAYER_BOOKS handles track log kernels callers)
list(TRANSFORM CONVLENS_LAYER_BOOKS REPLACE "(.+)" "layer/intercept/\\1.c" OUTPUT_VARIABLE books)
set(CONVLENS_LAYER_BOOKS ${CONVLENS_LAYER_BOOKS} PARENT_SCOPE)
add_library(cvl_intercept OBJECT ${books})
target_link_libraries(cvl_intercept PUBLIC convlens_flags Threads::Threads)

add_library(convlens_layer MODULE layer/intercept/layer.c layer/intercept/intercept.c
  layer/intercept/launches.c layer/intercept/pending.c layer/intercept/extensions.c)
target_link_libraries(convlens_layer PRIVATE cvl_intercept)
target_include_directories(convlens_layer SYSTEM PRIVATE ${CONVLENS_OPENCL_HEADERS})
# It goes into programs of others: the unwinder comes along.
target_link_options(convlens_layer PRIVATE -static-libgcc)
# Drivers may call back after a loader has unloaded its layers: the code has to stay.
target_link_options(convlens_layer PRIVATE LINKER:-z,nodelete)
