/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_TAPE_H
#define TESTS_TAPE_H

/*
 * Everything that tpm/ does with a TPM, each thing once, as acts; and a tape
 * of what a TPM answered to one, played back instead of a TPM.
 *
 * An act opens, pins the SRK, does what it is named after, and closes.  With
 * the dice thrown before (tests/dice.h) it sends the same bytes each time, so
 * that a tape is good for ever, its HMACs included.
 *
 * On a tape an answer is the command's code (u32), its length (u16) and its
 * bytes.
 */

#include <stdbool.h>

#include "tests/maker.h"
#include "tests/officers.h"
#include "tpm/carrier.h"

#define TAPE_MAX 16384
#define TAPE_HEAD 6

struct tape {
	size_t	len;
	uint8_t	at[TAPE_MAX];
};

/* What is there before an act: the objects of a ceremony. */
struct scene {
	struct tpm_name	srk;
	struct officers	officers;
	struct tpm_approval unseal, use;	/* good for many a raise */
	struct tpm_approval raise;		/* for the next one */
	struct tpm_blob	store, attended, key, ak;
	struct tpm_creation key_made;
	struct tpm_point key_at;
	struct maker_credential credential;	/* for the AK, of ECC's EK */
};

/* What an act brought. */
struct outcome {
	size_t	len;
	uint8_t	at[1024];
};

struct act {
	const char	*name;
	/* A session vouches for its outcome: it is the right one or none. */
	bool		 vouched;
	enum err	(*run)(struct tpm *t, const struct scene *s,
			    struct outcome *out);
	/* The TPM_CC whose command, or answer, has a secret in it. */
	uint32_t	 hides, tells;
	/* What has to be so before it, made so; NULL for nothing. */
	enum err	(*before)(struct tpm *t, struct scene *s);
	/* What it steps, by one. */
	enum { STEPS_NONE, STEPS_VERSION, STEPS_EPOCH } steps;
	/* It is done once in a life of the TPM. */
	bool		 once;
};

/* The secrets of a scene, for the caller to drop. */
enum err scene_auth(struct secret **out);
enum err scene_plain(struct secret **out);

extern const struct act acts[];
extern const size_t nacts;

/* Take the carrier, and do it; left is what was still in the TPM then, by the
 * answers that were played.  broken: the next act would have freed it. */
enum err act_run(const struct act *a, struct carrier *c,
    const struct scene *s, struct outcome *out, bool *broken);

/* What the acts need, made in this TPM. */
enum err scene_make(const char *tcti, struct scene *out);

/* Do it with this TPM and keep what it answers. */
enum err tape_record(const struct act *a, const char *tcti, struct scene *s,
    struct tape *out, struct outcome *outcome);

/* All of that for every act, with a TPM of its own. */
#define TAPES_MAX 32

struct tapes {
	struct scene	 scene;
	struct tape	 of[TAPES_MAX];		/* by act */
	struct outcome	 outcomes[TAPES_MAX];
};

enum err tapes_record(struct tapes *out);

/* How many answers there are. */
unsigned tape_answers(const struct tape *t);

/* A TPM that is a tape.  Answers are taken in order; unless loose one to
 * another command is not given: a flush is then done all the same, anything
 * else is lost, as when the tape is at its end. */
struct player {
	struct span	 tape;
	bool		 loose;
	size_t		 at;
	unsigned	 count;		/* commands */
	unsigned	 handles;	/* left loaded in the TPM */
	/* May change the answer to the n-th command, from 1. */
	void		(*bend)(void *arg, unsigned n, struct exchange *x);
	/* True when it answered the n-th command itself; the tape waits. */
	bool		(*instead)(void *arg, unsigned n, struct exchange *x);
	void		*arg;
};

void player_open(struct player *p, struct carrier *out);

/* The next answer; false at the end. */
bool tape_next(struct span tape, size_t *at, uint32_t *code,
    struct span *answer);

#endif
