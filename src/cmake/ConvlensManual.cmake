# Man pages and completions, which the program itself prints: made at each build, and installed.
if(NOT TARGET convlens_program OR CMAKE_CROSSCOMPILING)
  return()
endif()
set(folder ${PROJECT_BINARY_DIR}/share)
set(CONVLENS_MAN_PAGES)
set(CONVLENS_COMPLETIONS)

# convlens_print(FILE ARGUMENTS…): FILE is what `convlens help ARGUMENTS` prints
function(convlens_print file)
  get_filename_component(into ${file} DIRECTORY)
  file(MAKE_DIRECTORY ${into})
  add_custom_command(OUTPUT ${file} COMMAND convlens_program help ${ARGN} > ${file}
    DEPENDS convlens_program VERBATIM)
endfunction()

# convlens_page(NAME ARGUMENTS…): the man page NAME.1
macro(convlens_page name)
  convlens_print(${folder}/man/man1/${name}.1 --man ${ARGN})
  list(APPEND CONVLENS_MAN_PAGES ${folder}/man/man1/${name}.1)
endmacro()

# convlens_completion(SHELL FILE DESTINATION)
macro(convlens_completion shell file destination)
  convlens_print(${folder}/${shell}/${file} --completion ${shell})
  list(APPEND CONVLENS_COMPLETIONS ${folder}/${shell}/${file})
  install(FILES ${folder}/${shell}/${file} DESTINATION ${CMAKE_INSTALL_DATADIR}/${destination})
endmacro()

convlens_page(convlens)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
  ${PROJECT_SOURCE_DIR}/src/cli/verbs.def)
file(STRINGS ${PROJECT_SOURCE_DIR}/src/cli/verbs.def rows REGEX "^CVL_VERB\\(")
foreach(row IN LISTS rows)
  if(NOT row MATCHES "hidden")
    string(REGEX REPLACE "^CVL_VERB\\(([a-z]+).*" "\\1" verb "${row}")
    convlens_page(convlens-${verb} ${verb})
  endif()
endforeach()
convlens_completion(bash convlens bash-completion/completions)
convlens_completion(zsh _convlens zsh/site-functions)
convlens_completion(fish convlens.fish fish/vendor_completions.d)

add_custom_target(convlens_manual ALL DEPENDS ${CONVLENS_MAN_PAGES} ${CONVLENS_COMPLETIONS})
install(FILES ${CONVLENS_MAN_PAGES} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
