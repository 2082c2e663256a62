/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/seen.h"

#include "crypto/hash.h"

enum err
seen_digest(enum seen_kind kind, struct span peer, struct span value,
    uint8_t out[static SEEN_DIGEST])
{
	const uint8_t k = (uint8_t)kind, zero = 0;
	const struct span parts[] = { { &k, 1 }, peer, { &zero, 1 }, value };
	uint8_t digest[SHA256_LEN];

	TRY(sha256(parts, 4, digest));
	memcpy(out, digest, SEEN_DIGEST);
	return ERR_OK;
}

static uint32_t
chain_of(const uint8_t *digest)
{
	return ((uint32_t)digest[0] << 8 | digest[1]) % SEEN_MAX;
}

bool
seen_find(const struct seen *s, const uint8_t digest[static SEEN_DIGEST],
    uint64_t now)
{
	uint32_t i = s->heads[chain_of(digest)];

	for (; i != 0; i = s->slots[i - 1].next) {
		const struct seen_slot *slot = &s->slots[i - 1];

		if (slot->until >= now &&
		    memcmp(slot->digest, digest, SEEN_DIGEST) == 0)
			return true;
	}
	return false;
}

static void
forget_first(struct seen *s)
{
	const struct seen_slot *slot = &s->slots[s->first];
	uint32_t *link = &s->heads[chain_of(slot->digest)];

	while (*link != s->first + 1)
		link = &s->slots[*link - 1].next;
	*link = slot->next;
	s->first = (s->first + 1) % SEEN_MAX;
	s->n--;
}

void
seen_expire(struct seen *s, uint64_t now)
{
	while (s->n > 0 && s->slots[s->first].until < now)
		forget_first(s);
}

enum err
seen_add(struct seen *s, const uint8_t digest[static SEEN_DIGEST],
    uint64_t until)
{
	const uint32_t at = (s->first + s->n) % SEEN_MAX;
	uint32_t *head = &s->heads[chain_of(digest)];

	if (s->n == SEEN_MAX)
		return ERR_LIMIT;
	s->slots[at].until = until;
	memcpy(s->slots[at].digest, digest, SEEN_DIGEST);
	s->slots[at].next = *head;
	*head = at + 1;
	s->n++;
	return ERR_OK;
}

const struct seen_slot *
seen_at(const struct seen *s, uint32_t i)
{
	return i < s->n ? &s->slots[(s->first + i) % SEEN_MAX] : NULL;
}
