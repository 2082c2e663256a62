/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/events.h"

#include <assert.h>
#include <stdlib.h>

void
events_put(struct events *l, struct span bytes)
{
	assert(bytes.len <= sizeof(l->at) - l->len);
	if (bytes.len > 0)
		memcpy(l->at + l->len, bytes.at, bytes.len);
	l->len += bytes.len;
}

static void
put_number(struct events *l, size_t n, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		const uint8_t byte = (uint8_t)(n >> 8 * i);

		events_put(l, (struct span){ &byte, 1 });
	}
}

/* Of measured, or zeros for none. */
static void
put_digest(struct events *l, uint16_t bank, const struct span *measured)
{
	uint8_t digest[HASH_LEN_MAX];
	enum hash_alg hash;

	memset(digest, measured == NULL ? 0 : 0x5a, sizeof(digest));
	if (measured != NULL && bank_hash(bank, &hash) == ERR_OK &&
	    hash_parts(hash, measured, 1, digest) != ERR_OK)
		abort();
	events_put(l, (struct span){ digest, bank_len(bank) });
}

static void
put_event(struct events *l, uint32_t pcr, uint32_t type,
    const struct span *measured, struct span data)
{
	put_number(l, pcr, 4);
	put_number(l, type, 4);
	if (l->banks > 0)
		put_number(l, l->banks, 4);
	else
		put_digest(l, BANK_SHA1, measured);
	for (size_t i = 0; i < l->banks; i++) {
		put_number(l, l->bank[i], 2);
		put_digest(l, l->bank[i], measured);
	}
	put_number(l, data.len, 4);
	events_put(l, data);
}

void
events_begin(struct events *l, const uint16_t *banks, size_t n)
{
	static const char begin[] = "Spec ID Event03\0\0\0\0\0\0\2\0\2";

	*l = (struct events){ .banks = 0 };
	if (n == 0)
		return;
	put_event(l, 0, EVENT_NO_ACTION, NULL, (struct span){ });
	l->len -= 4;
	put_number(l, sizeof(begin) - 1 + 4 + 4 * n + 1, 4);
	events_put(l, (struct span){ (const uint8_t *)begin,
	    sizeof(begin) - 1 });
	put_number(l, n, 4);
	for (size_t i = 0; i < n; i++) {
		put_number(l, banks[i], 2);
		put_number(l, bank_len(banks[i]), 2);
		l->bank[i] = banks[i];
	}
	put_number(l, 0, 1);
	l->banks = n;
}

void
events_add(struct events *l, uint32_t pcr, uint32_t type, struct span data)
{
	put_event(l, pcr, type, &data, data);
}

void
events_measure(struct events *l, uint32_t pcr, uint32_t type,
    struct span measured, struct span data)
{
	put_event(l, pcr, type, &measured, data);
}

void
events_tell(struct events *l, uint32_t pcr, struct span data)
{
	put_event(l, pcr, EVENT_NO_ACTION, NULL, data);
}

struct span
events_span(const struct events *l)
{
	return (struct span){ l->at, l->len };
}
