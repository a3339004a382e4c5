# What `cmake --install` puts where, and how other projects find it.
include(CMakePackageConfigHelpers)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/convlens)
set(libraries convlens_static)
if(TARGET convlens)
  list(APPEND libraries convlens)
endif()

install(TARGETS ${libraries} EXPORT convlensTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/convlens DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING
  PATTERN *.h PATTERN *.def)
install(DIRECTORY configs DESTINATION ${CMAKE_INSTALL_DATADIR}/convlens FILES_MATCHING PATTERN *.ini)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
if(TARGET convlens_program)
  install(TARGETS convlens_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
if(TARGET convlens_layer)
  install(TARGETS convlens_layer LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/convlens)
endif()

install(EXPORT convlensTargets NAMESPACE convlens:: DESTINATION ${package_folder})
file(WRITE ${PROJECT_BINARY_DIR}/convlensConfig.cmake
  "include(\${CMAKE_CURRENT_LIST_DIR}/convlensTargets.cmake)\n")
write_basic_package_version_file(${PROJECT_BINARY_DIR}/convlensConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/convlensConfig.cmake
  ${PROJECT_BINARY_DIR}/convlensConfigVersion.cmake DESTINATION ${package_folder})

# -l for plain names; what begins with a dash stays as it is
set(CONVLENS_PC_PRIVATE ${CONVLENS_STATIC_LIBS})
list(TRANSFORM CONVLENS_PC_PRIVATE REPLACE "^([^-].*)$" "-l\\1")
list(JOIN CONVLENS_PC_PRIVATE " " CONVLENS_PC_PRIVATE)
file(RELATIVE_PATH CONVLENS_PC_PREFIX ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(src/cmake/convlens.pc.in ${PROJECT_BINARY_DIR}/convlens.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/convlens.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
