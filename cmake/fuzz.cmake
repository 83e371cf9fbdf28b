# Fuzz targets: each src/ROOM/**/NAME_fuzz.cc defines LLVMFuzzerTestOneInput and becomes NAME_fuzz,
# linked with its room. Its corpus, tests/fuzz/corpus/NAME, is part of the tree; what the fuzzer found
# goes there once it is fixed.
#
# With UNPARK_FUZZ (needs clang) NAME_fuzz is a fuzzer, with the address and undefined sanitizers:
#   cmake -B build/fuzz -G Ninja -DCMAKE_CXX_COMPILER=clang++-19 -DUNPARK_FUZZ=ON -DUNPARK_TESTS=OFF
#   build/fuzz/parser_fuzz -max_total_time=600 build/fuzz/parser tests/fuzz/corpus/parser
# Without it NAME_fuzz runs the files it is given once, which the test NAME_corpus does in every build.
option(UNPARK_FUZZ "Build the fuzz targets as libFuzzer binaries" OFF)
if(UNPARK_FUZZ)
  add_compile_options(-O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
                      -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=address,undefined)
endif()

# Call where all rooms are known.
function(unpark_fuzz_targets)
  if(NOT UNPARK_FUZZ AND NOT UNPARK_TESTS)
    return()
  endif()
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/src
       ${PROJECT_SOURCE_DIR}/src/*_fuzz.cc)
  foreach(source ${sources})
    string(REGEX REPLACE "/.*" "" room ${source})
    get_filename_component(target ${source} NAME_WE)
    string(REGEX REPLACE "_fuzz$" "" name ${target})
    set(corpus ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name})
    add_executable(${target} ${PROJECT_SOURCE_DIR}/src/${source})
    target_link_libraries(${target} PRIVATE unpark_${room})
    if(UNPARK_FUZZ)
      target_link_options(${target} PRIVATE -fsanitize=fuzzer)
      add_test(NAME ${name}_corpus COMMAND ${target} -runs=0 ${corpus})
    else()
      target_sources(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/driver.cc)
      add_test(NAME ${name}_corpus COMMAND ${target} ${corpus})
    endif()
    set_tests_properties(${name}_corpus PROPERTIES LABELS ${room} TIMEOUT 300)
  endforeach()
endfunction()
