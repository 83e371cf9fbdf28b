#include "cli/commands.h"

int main(int argc, char** argv) { return unpark::cli::run(argc, argv); }
