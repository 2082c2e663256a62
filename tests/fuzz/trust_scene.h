/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_FUZZ_TRUST_SCENE_H
#define TESTS_FUZZ_TRUST_SCENE_H

/*
 * What fuzz_trust and its seeds agree on: three officers, of whom it takes
 * two, and a memory of version 7.  An input's first letter is its door: 't' a
 * trust file under the pin, 'f' one for who remembers, 's' a memory for the
 * good file.
 */

#include "cose/sign1.h"
#include "enforce/trust.h"

#define SCENE_PEOPLE 4	/* the last one is a stranger */

struct trust_scene {
	struct secret	*seeds[SCENE_PEOPLE];
	struct signer	 people[SCENE_PEOPLE];
	struct pin	 pin;
};

enum err trust_scene(struct trust_scene *s);

/* A file of that version and with that issuer, with a reference, signed by
 * these: "01". */
enum err trust_scene_file(const struct trust_scene *s, uint64_t version,
    const char *issuer, const char *by, struct trust *out);

#endif
