# The comparison with other libraries (tests/peers): built where oneDNN 2 is found.
#
# convlens_peers(): the program convlens_peers, and a test that both sides' answers agree
function(convlens_peers)
  find_path(CONVLENS_ONEDNN_HEADERS dnnl.h DOC "oneDNN's C interface")
  find_library(CONVLENS_ONEDNN_LIBRARY dnnl DOC "oneDNN")
  if(NOT CONVLENS_ONEDNN_HEADERS OR NOT CONVLENS_ONEDNN_LIBRARY)
    convlens_register_skipped(peers/answers peers "oneDNN was not found (libdnnl-dev)")
    return()
  endif()
  set(version ${CONVLENS_ONEDNN_HEADERS}/oneapi/dnnl/dnnl_version.h)
  file(STRINGS ${version} major REGEX "define +DNNL_VERSION_MAJOR +2$")
  if(NOT major)
    convlens_register_skipped(peers/answers peers "oneDNN is not version 2 (${version})")
    return()
  endif()
  file(GLOB sources CONFIGURE_DEPENDS peers/*.c)
  add_executable(convlens_peers ${sources})
  target_link_libraries(convlens_peers PRIVATE ${CONVLENS_LIBRARY_TARGETS} convlens_clblast
    convlens_flags ${CONVLENS_ONEDNN_LIBRARY} Threads::Threads ${CMAKE_DL_LIBS} m)
  target_include_directories(convlens_peers SYSTEM PRIVATE ${CONVLENS_ONEDNN_HEADERS})
  target_compile_definitions(convlens_peers PRIVATE CONVLENS_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  # The yardstick is what this processor can do. A copy stays a loop, not a call of memcpy.
  set_source_files_properties(${CMAKE_CURRENT_SOURCE_DIR}/peers/limits.c PROPERTIES COMPILE_OPTIONS
    "-O3;-march=native;-ffp-contract=fast;$<$<C_COMPILER_ID:GNU>:-fno-tree-loop-distribute-patterns>")
  convlens_register(peers/answers peers ${CMAKE_CURRENT_SOURCE_DIR}/device/on.sh pocl
    ${CMAKE_CURRENT_BINARY_DIR}/devices $<TARGET_FILE:convlens_peers> --check
    --problem separable:ic19ih9oc37kh3ph1 --problem mb2ic5ih9iw11oc7kh3kw5sh2sw3ph1pw2)
  set_tests_properties(peers/answers PROPERTIES RESOURCE_LOCK device)
endfunction()
