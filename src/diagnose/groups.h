// Groups: goroutines that wait at one place for one reason, started at one place, over all looks.
//
// One hash lookup for each different (stack, creator, state) of a look: a million goroutines on a
// hundred stacks cost a hundred lookups and a million of small ones.
#pragma once

#include "diagnose/model.h"

namespace unpark::diagnose {

// Fills Model::groups and the groups' side of the looks. Profiles do not know creators: their
// goroutines join the group of a dump that waits at the same place in the same way, where there is
// one, the largest.
void make_groups(Model& model);

// What a group's members in its last look say of it: state, age, labels, examples.
void describe_groups(Model& model);

}  // namespace unpark::diagnose
