/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/reference.h"

#include "attest/bank.h"

static enum err
take_sets(const struct msg_reference *from, struct reference *out)
{
	if (!from->has_sets && !from->has_rules)
		return ERR_MALFORMED;
	out->nsets = from->has_sets ? from->sets.count : 0;
	for (size_t i = 0; i < out->nsets; i++) {
		out->set[i] = from->sets.at[i];
		if (out->set[i].len != out->npcrs * out->value_len)
			return ERR_MALFORMED;
	}
	if (from->has_rules)
		out->rules = from->rules;
	return ERR_OK;
}

/* PCRs that no log tells of; there are others that it does tell of. */
static enum err
take_fixed(const struct msg_reference *from, struct reference *out)
{
	if (!from->has_fixed)
		return ERR_OK;
	out->fixed = (uint32_t)from->fixed;
	return from->has_sets && from->has_rules &&
	    (out->fixed & ~out->mask) == 0 && out->fixed != out->mask ?
	    ERR_OK : ERR_MALFORMED;
}

enum err
reference_take(const struct msg_reference *from, struct reference *out)
{
	struct reference r = {
		.vm_id = from->vm_id,
		.alg = (uint16_t)from->alg,
		.mask = (uint32_t)from->mask,
		.value_len = bank_len((uint16_t)from->alg),
		.npcrs = (size_t)__builtin_popcount((uint32_t)from->mask),
		.firmware_floor = from->firmware_floor,
		.strict_reset = from->strict_reset,
	};
	enum hash_alg hash;

	memcpy(r.ak_name, from->ak_name.at, sizeof(r.ak_name));
	if (bank_hash(r.alg, &hash) != ERR_OK ||
	    !attest_is_name(SPAN(r.ak_name)))
		return ERR_MALFORMED;
	TRY(take_sets(from, &r));
	TRY(take_fixed(from, &r));
	*out = r;
	return ERR_OK;
}

enum err
references_next(struct reader *r, struct reference *out)
{
	struct msg m;

	if (item_done(r) == ERR_OK)
		return ERR_NOT_FOUND;
	TRY(wire_next(r, MSG_reference, &m));
	return reference_take(&m.reference, out);
}

static int
compare(const struct wire_id *a, const struct wire_id *b)
{
	const int order = memcmp(a->at, b->at,
	    a->len < b->len ? a->len : b->len);

	return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

enum err
references_check(const struct wire_long *references)
{
	uint8_t names[REFERENCES_MAX][ATTEST_NAME_LEN];
	struct reader r = reader_of(references->items);
	struct wire_id last = { .len = 0 };
	struct reference now;

	if (references->count > REFERENCES_MAX)
		return ERR_MALFORMED;
	for (size_t i = 0; i < references->count; i++) {
		TRY(references_next(&r, &now));
		if (compare(&last, &now.vm_id) >= 0)
			return ERR_MALFORMED;
		for (size_t k = 0; k < i; k++)
			if (span_equal(SPAN(names[k]), SPAN(now.ak_name)))
				return ERR_MALFORMED;
		memcpy(names[i], now.ak_name, sizeof(names[i]));
		last = now.vm_id;
	}
	return item_done(&r);
}

enum err
references_find(const struct wire_long *references, struct span vm_id,
    struct reference *out)
{
	struct reader r = reader_of(references->items);
	struct reference one;

	do
		TRY(references_next(&r, &one));
	while (!span_equal(WIRE_SPAN(one.vm_id), vm_id));
	*out = one;
	return ERR_OK;
}

struct span
reference_value(const struct reference *r, struct span set, unsigned pcr)
{
	size_t before;

	if (pcr >= REFERENCE_PCRS || (r->mask >> pcr & 1) == 0)
		return (struct span){ NULL, 0 };
	before = (size_t)__builtin_popcount(r->mask & ((1U << pcr) - 1));
	return (struct span){ set.at + before * r->value_len, r->value_len };
}

struct span
reference_by_log(const struct reference *r, struct span set, uint8_t *room,
    uint32_t *mask)
{
	size_t len = 0, at = 0;

	*mask = r->mask & ~r->fixed;
	for (unsigned i = 0; i < REFERENCE_PCRS; i++) {
		if ((r->mask >> i & 1) == 0)
			continue;
		if ((*mask >> i & 1) != 0) {
			memcpy(room + len, set.at + at, r->value_len);
			len += r->value_len;
		}
		at += r->value_len;
	}
	return (struct span){ room, len };
}
