// Text in double quotes as Go writes it (strconv.Quote), read back.
#pragma once

#include <string>
#include <string_view>

namespace unpark::evidence {

// Takes `"..."` from the front of `text`. False, with nothing taken, when there is none or it does
// not end. Escapes that Go does not write stand for the character behind the backslash.
bool take_go_quoted(std::string_view* text, std::string* value);

}  // namespace unpark::evidence
