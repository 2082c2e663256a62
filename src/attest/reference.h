/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ATTEST_REFERENCE_H
#define ATTEST_REFERENCE_H

/*
 * Reference values: what the evidence of one machine, by its vm_id, is held
 * against.  They stand in the trust file (wire/objects.def: reference), so
 * officers have signed them.
 *
 * A reference names one bank and the PCRs that must be quoted, no more and no
 * less, and gives sets of values, of which one has to match, or rules for the
 * events of a log, or both: then either will do.  Rules are carried as bytes;
 * who judges a log reads them.
 *
 * No log tells of what was extended after it was closed: the cap of cryptod,
 * IMA, the phases of an init.  Such PCRs are fixed: they are as in one of the
 * sets also where the rules decide the others, and the log is not held against
 * them.
 *
 * Spans are borrowed from the bytes that were read.
 *
 * Knows wire and crypto.  Does not know evidence, logs, or who signed.
 */

#include "attest/object.h"
#include "wire/wire.h"

#define REFERENCE_SETS		16
#define REFERENCE_PCRS		24
#define REFERENCES_MAX		32	/* in a trust file */

struct reference {
	struct wire_id	vm_id;
	uint8_t		ak_name[ATTEST_NAME_LEN];	/* as enrolled */
	uint16_t	alg;		/* TPM_ALG_ID of the bank */
	uint32_t	mask;		/* bit i: PCR i; never 0 */
	size_t		value_len;	/* of each PCR in that bank */
	size_t		npcrs;		/* in the mask */
	size_t		nsets;
	struct span	set[REFERENCE_SETS];	/* npcrs * value_len each */
	struct span	rules;			/* empty: none */
	uint32_t	fixed;		/* of the mask, not all of it; 0 */
	uint64_t	firmware_floor;
	bool		strict_reset;
};

/* The group as decoded.  MALFORMED for another bank than one of SHA-1,
 * SHA-256, SHA-384, SHA-512, a Name that is none, a set of another length
 * than mask and bank ask for, neither sets nor rules, or fixed PCRs that are
 * not quoted, leave the log none, or lack sets or rules. */
enum err reference_take(const struct msg_reference *from,
    struct reference *out);

/* All that stand in a trust file: each good, ascending by the bytes of their
 * vm_ids, no AK twice.  MALFORMED if not. */
enum err references_check(const struct wire_long *references);

/* The one of this vm_id; NOT_FOUND if there is none. */
enum err references_find(const struct wire_long *references,
    struct span vm_id, struct reference *out);

/* The one after *r, of the trust file's items; NOT_FOUND behind the last. */
enum err references_next(struct reader *r, struct reference *out);

/* The value that set gives PCR pcr; empty if it is not in the mask. */
struct span reference_value(const struct reference *r, struct span set,
    unsigned pcr);

/* Of such a set, what a log has to lead to: the values of the PCRs in *mask,
 * in room, which is as long as the set. */
struct span reference_by_log(const struct reference *r, struct span set,
    uint8_t *room, uint32_t *mask);

#endif
