# The allocation-tracking layer: a shared object that OpenCL loaders take (OPENCL_LAYERS). Its books
# are an object library of their own, so that tests can link them.
add_library(cvl_layer OBJECT memory/layer/track.c)
target_link_libraries(cvl_layer PUBLIC convlens_flags Threads::Threads)

add_library(convlens_layer MODULE memory/layer/layer.c memory/layer/intercept.c)
target_link_libraries(convlens_layer PRIVATE cvl_layer)
target_include_directories(convlens_layer SYSTEM PRIVATE ${CONVLENS_OPENCL_HEADERS})
# Drivers may call back after a loader has unloaded its layers: the code has to stay.
target_link_options(convlens_layer PRIVATE LINKER:-z,nodelete)
