/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/reference.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/trust_scene.h"

static struct reach judged[] = {
	{ "good", 0 }, { "shape", 0 }, { "issuer", 0 }, { "officer", 0 },
	{ "twice", 0 }, { "quorum", 0 }, { "old", 0 }, { "seen", 0 },
};
static const enum reason reasons[] = {
	REASON_none, REASON_trust_shape, REASON_trust_issuer,
	REASON_trust_officer, REASON_trust_twice, REASON_trust_quorum,
	REASON_trust_old, REASON_trust_seen,
};

#define KINDS (sizeof(reasons) / sizeof(reasons[0]))

static struct trust_scene scene;
static struct trust good, t;
static uint8_t memory[TRUST_SEEN_MAX];
static size_t remembered;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	must(trust_scene(&scene) == ERR_OK, "scene");
	must(trust_scene_file(&scene, 7, "cryptod", "01", &good) == ERR_OK,
	    "a good file");
	must(trust_check(&good, &scene.pin.set) == REASON_none, "is good");
	must(trust_remember(&good, &scene.pin, memory, &remembered) ==
	    ERR_OK, "remember");
	reach("judged", judged, KINDS);
	return 0;
}

/* What was taken is what it says it is. */
static void
look(void)
{
	struct wire_key keys[TRUST_OFFICERS];
	struct reader r = reader_of(t.references.items);
	struct reference one;
	size_t n = 0;

	must(officers_are_sound(&t.set), "officers");
	must(t.nsigners >= scene.pin.set.quorum, "signers");
	trust_keys(&t, keys);
	while (references_next(&r, &one) == ERR_OK)
		n++;
	must(n == t.references.count && n <= REFERENCES_MAX, "references");
}

static void
count(enum reason why)
{
	for (size_t i = 0; i < KINDS; i++)
		if (reasons[i] == why) {
			judged[i].times++;
			return;
		}
	must(0, "a reason of its own");
}

static void
take(struct span in)
{
	memset(&t, 0, sizeof(t));
	t.len = in.len < sizeof(t.bytes) ? in.len : sizeof(t.bytes);
	memcpy(t.bytes, in.at, t.len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	struct span rest;
	enum reason why;

	if (len == 0)
		return 0;
	rest = (struct span){ in + 1, len - 1 };
	if (in[0] == 's') {
		take((struct span){ good.bytes, good.len });
		count(trust_follow(&t, &scene.pin, rest));
		return 0;
	}
	take(rest);
	if (in[0] == 'f') {
		count(trust_follow(&t, &scene.pin, (struct span){ memory,
		    remembered }));
		return 0;
	}
	why = trust_check(&t, &scene.pin.set);
	if (why == REASON_none)
		look();
	count(why);
	return 0;
}
