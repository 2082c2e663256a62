/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cose/act.h"

#include "crypto/hash.h"

#define WORDS	4
#define LETTERS	5

/* Four bits a consonant, two a vowel. */
static void
put_word(unsigned bits, char out[static LETTERS])
{
	static const char consonants[] = "bdfghjklmnprstvz";
	static const char vowels[] = "aiou";

	out[0] = consonants[bits >> 12 & 15];
	out[1] = vowels[bits >> 10 & 3];
	out[2] = consonants[bits >> 6 & 15];
	out[3] = vowels[bits >> 4 & 3];
	out[4] = consonants[bits & 15];
}

enum err
act_words(struct span act, char out[static ACT_WORDS])
{
	uint8_t digest[SHA256_LEN];

	TRY(sha256(&act, 1, digest));
	for (size_t i = 0; i < WORDS; i++) {
		put_word((unsigned)digest[2 * i] << 8 | digest[2 * i + 1],
		    out + i * (LETTERS + 1));
		out[i * (LETTERS + 1) + LETTERS] = ' ';
	}
	out[ACT_WORDS - 1] = '\0';
	return ERR_OK;
}

enum err
act_approve(const struct signer *officer, struct span act,
    struct wire_sig *out)
{
	return cose_sign_detached(officer, ACT_AAD, act, out->at,
	    sizeof(out->at), &out->len);
}

/* The one whose kid it bears: which key that is, is for the signature. */
static enum err
find_approver(struct span act, struct span approval,
    const struct wire_key *keys, size_t nkeys, size_t *who)
{
	struct cose_key key;
	enum err e;

	for (size_t i = 0; i < nkeys; i++) {
		TRY(cose_key_decode(WIRE_SPAN(keys[i]), &key));
		e = key.kind != COSE_ED25519 ? ERR_AUTH :
		    cose_check_detached(approval, &key, ACT_AAD, act);
		if (e == ERR_OK) {
			*who = i;
			return ERR_OK;
		}
		if (e == ERR_INTERNAL || e == ERR_LIMIT)
			return e;
	}
	return ERR_AUTH;
}

enum err
act_approvers(struct span act, const struct wire_sig *approvals, size_t n,
    const struct wire_key *keys, size_t nkeys, uint16_t *who)
{
	*who = 0;
	for (size_t i = 0; i < n; i++) {
		size_t at = 0;

		TRY(find_approver(act, WIRE_SPAN(approvals[i]), keys, nkeys,
		    &at));
		*who = (uint16_t)(*who | 1U << at);
	}
	return ERR_OK;
}
