/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROVISIONING_REFERENCE_H
#define PROVISIONING_REFERENCE_H

/*
 * anchorhold-reference: what officers do with a trust file.  It records the
 * reference values of machines in it, says in words what differs from the
 * one before, says what is wrong with it, signs it with an officer's key.
 *
 * A trust file on its way has the signatures that it has got so far, none at
 * first.  Whatever changes its object drops them all.
 *
 * Knows enforce, attest, cose and files.  Does not know cryptod.
 */

#include <stdio.h>

#include "attest/reference.h"
#include "enforce/trust.h"

#define REFERENCE_INPUT (256 * 1024)	/* no file is as long */

enum reference_exit {
	REFERENCE_DONE = 0,
	REFERENCE_USAGE = 1,	/* the command line, or what a file says */
	REFERENCE_NO = 2,	/* lint: faults; diff: it differs; refused */
	REFERENCE_KEY = 3,	/* the passphrase, or the key file */
	REFERENCE_SYSTEM = 4,	/* the disk, the terminal, the TPM */
};

struct reference_options {
	const char	*file[TRUST_OFFICERS + 1];
	size_t		 nfiles;
	const char	*out, *old, *officers, *key, *words, *acl;
	const char	*request;
	const char	*vm, *ak, *pcrs, *bank, *tcti, *evidence, *log;
	const char	*log_now, *rules, *fixed, *challenge;
	const char	*officer[TRUST_OFFICERS];
	size_t		 nofficers;
	uint64_t	 quorum, floor;
	unsigned	 cap;			/* 0: none */
	bool		 add, strict, lax, json, has_floor;
	int		 passphrase_fd;
	enum reference_exit blame;
};

/* A trust file as it lies there, which need not make sense. */
struct brief {
	const char	*path;
	struct trust	 t;		/* bytes; the rest only when sound */
	struct msg	 file, m;	/* trust_file, trust */
	bool		 sound;
};

/* MALFORMED, logged, if it is no trust file at all. */
enum err brief_read(const char *path, struct brief *out);

/* Its object anew, of m, without signatures; buf has to live as long. */
enum err brief_renew(struct brief *b, uint8_t buf[static TRUST_MAX]);

/* Write file, anew or in the place of what is there. */
enum err brief_write(const struct brief *b, const char *path, bool anew);

/* What is said about it: a code and words, a line each, or JSON. */
struct findings {
	FILE	*to;
	bool	 json;
	size_t	 n, faults;
};
void findings_begin(struct findings *f);
void findings_end(struct findings *f);
void finding(struct findings *f, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void fault(struct findings *f, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* What changes from old, NULL for nothing, to new; diff_machines() is the
 * part of it about references. */
void diff_tell(struct findings *f, const struct brief *old,
    const struct brief *new);
void diff_machines(struct findings *f, const struct msg_trust *old,
    const struct msg_trust *new);

/* What no officer should sign, or should think about; old may be NULL. */
enum err lint_tell(struct findings *f, const struct reference_options *o,
    const struct brief *b, const struct brief *old);

/* All references of a trust file; those that make no sense included. */
size_t machines_of(const struct msg_trust *t,
    struct msg_reference out[static REFERENCES_MAX]);

/* Put one in, by its vm_id, in the place of what was there; room is what they
 * lie in from then on. */
enum err machines_put(struct msg_trust *t, const struct msg_reference *r,
    uint8_t room[static TRUST_MAX]);

/* PCR 15 once the keys were taken out; cap 0 has none. */
enum err capped_value(uint8_t out[static 32]);

/* A whole file; LIMIT for one that is longer. */
enum err reference_read(const char *path, uint8_t buf[static REFERENCE_INPUT],
    struct span *out);

/* "0,1,7", which is not nothing. */
enum err reference_pcrs(const char *option, const char *text, uint64_t *mask);

/* Write b down as it is now; what was signed is followed by the next
 * version. */
enum err reference_renew(struct reference_options *o, struct brief *b);

typedef enum err reference_command(struct reference_options *o);
reference_command reference_record, reference_diff, reference_lint,
    reference_sign, reference_assemble, reference_pin, reference_officers,
    reference_update, reference_draft, reference_rules;

#endif
