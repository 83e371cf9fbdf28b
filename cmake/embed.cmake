# Embeds files as text: used as a function and as the script that its build step runs.
#
# unpark_embed(TARGET OUTPUT HEADER NAMESPACE VARIABLE file... [VARIABLE file...])
# adds OUTPUT to TARGET: a C++ file that includes HEADER and defines each std::string_view VARIABLE
# (a name that begins with k) as the files behind it, joined.
function(unpark_embed target output header namespace)
  set(files ${ARGN})
  list(FILTER files EXCLUDE REGEX "^k[A-Z][A-Za-z]*$")
  string(REPLACE ";" "|" parts "${ARGN}")
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} -DHEADER=${header} -DNAMESPACE=${namespace}
            "-DPARTS=${parts}" -P ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
    DEPENDS ${files} ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()

if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  set(code "// Made by cmake/embed.cmake.\n#include \"${HEADER}\"\n\nnamespace ${NAMESPACE} {\n\n")
  string(APPEND code "using namespace std::string_view_literals;\n")
  set(end "")
  string(REPLACE "|" ";" parts "${PARTS}")
  foreach(part IN LISTS parts)
    if(part MATCHES "^k[A-Z][A-Za-z]*$")
      string(APPEND code "${end}\nconst std::string_view ${part} =")
      set(end "\n    \"\"sv;\n")
    else()
      file(READ "${part}" text)
      string(FIND "${text}" ")EMBED\"" clash)
      if(NOT clash EQUAL -1)
        message(FATAL_ERROR "${part} holds the end mark of its literal, )EMBED\"")
      endif()
      string(APPEND code "\n    R\"EMBED(${text})EMBED\"")
    endif()
  endforeach()
  string(APPEND code "${end}\n}  // namespace ${NAMESPACE}\n")
  file(WRITE "${OUTPUT}" "${code}")
endif()
