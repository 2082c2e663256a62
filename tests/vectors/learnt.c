/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/vectors/learnt.h"

#include <stdio.h>
#include <string.h>

#include "crypto/ecdh.h"
#include "crypto/ed25519.h"
#include "crypto/hash.h"
#include "link/frame.h"
#include "wire/wire.h"

enum { MANY = 256 };

static struct pair pairs[MANY];
static size_t n_pairs;

static struct {
	struct wire_uuid	id;
	uint8_t			hash[32];
} requests[MANY];
static size_t n_requests;

static struct {
	struct wire_uuid	id;
	char			hex[1025];
} secrets[MANY];
static size_t n_secrets;

static uint8_t objects[16][4096];
static size_t n_objects, object_len[16];

enum err
pair_public(const struct pair *pair, struct cose_key *key)
{
	*key = (struct cose_key){ .kind = pair->key.kind };
	switch (key->kind) {
	case COSE_ED25519:
		return ed25519_public(pair->private, key->x);
	case COSE_X25519:
		return x25519_public(pair->private, key->x);
	case COSE_P256:
		return p256_public(pair->private, key->x, key->y);
	}
	return ERR_INTERNAL;
}

const struct pair *
learnt_pair(struct span kid)
{
	uint8_t ours[COSE_KID_LEN];

	for (size_t i = 0; i < n_pairs; i++)
		if (pairs[i].has_key &&
		    cose_key_kid(&pairs[i].key, ours) == ERR_OK &&
		    span_equal(kid, SPAN(ours)))
			return &pairs[i];
	return NULL;
}

const struct pair *
learnt_pair_at(size_t i)
{
	return i < n_pairs ? &pairs[i] : NULL;
}

bool
learnt_request(struct span id, uint8_t hash[static 32])
{
	for (size_t i = 0; i < n_requests; i++)
		if (span_equal(id, WIRE_SPAN(requests[i].id))) {
			memcpy(hash, requests[i].hash, 32);
			return true;
		}
	return false;
}

struct bytes
learnt_secret(struct span id)
{
	for (size_t i = 0; i < n_secrets; i++)
		if (span_equal(id, WIRE_SPAN(secrets[i].id)))
			return bytes_of_hex(secrets[i].hex);
	return (struct bytes){ 0 };
}

struct span
learnt_object_at(size_t i)
{
	return i < n_objects ? (struct span){ objects[i], object_len[i] } :
	    (struct span){ 0 };
}

/* "x_private" beside "x_cose_key"; alone it is the private half of X25519. */
static void
learn_pair(const json_t *c, const char *name)
{
	struct bytes private OWNED(bytes_drop) = hex_of(c, name);
	struct bytes key OWNED(bytes_drop) = { 0 };
	struct pair *p = &pairs[n_pairs];
	char beside[64];

	if (private.len != 32 || n_pairs == MANY)
		return;
	(void)!snprintf(beside, sizeof(beside), "%.*scose_key",
	    (int)(strlen(name) - strlen("private")), name);
	key = hex_of(c, beside);
	*p = (struct pair){ .has_private = true, .key.kind = COSE_X25519 };
	memcpy(p->private, private.at, 32);
	p->has_key = cose_key_decode(span_of(key), &p->key) == ERR_OK;
	n_pairs++;
}

static void
learn_request(const json_t *c)
{
	struct bytes frame OWNED(bytes_drop) = hex_of(c, "frame");
	struct wire_uuid *id;
	struct span envelope, body;
	struct msg m;
	size_t whole, len;

	if (n_requests == MANY || frame_parse(span_of(frame), FRAME_MAX,
	    &envelope, &whole) != ERR_OK ||
	    wire_decode(envelope, &m) != ERR_OK ||
	    wire_body(envelope, &body) != ERR_OK)
		return;
	len = strlen(wire_name(m.type));
	id = wire_request_id(&m);
	if (len < 4 || strcmp(wire_name(m.type) + len - 4, "_req") != 0 ||
	    id == NULL || learnt_request(WIRE_SPAN(*id),
	    requests[n_requests].hash))
		return;
	requests[n_requests].id = *id;
	if (sha256(&body, 1, requests[n_requests].hash) == ERR_OK)
		n_requests++;
}

static void
learn_secret(const json_t *c)
{
	if (n_secrets == MANY || WIRE_SET_TEXT(secrets[n_secrets].id,
	    span_text(text_of(c, "request_id"))) != ERR_OK)
		return;
	(void)!snprintf(secrets[n_secrets].hex, sizeof(secrets[0].hex), "%s",
	    text_of(c, "plaintext"));
	n_secrets++;
}

static void
learn_object(const json_t *c)
{
	struct bytes object OWNED(bytes_drop) = hex_of(c, "object");

	if (n_objects == 16 || object.len > sizeof(objects[0]))
		return;
	memcpy(objects[n_objects], object.at, object.len);
	object_len[n_objects++] = object.len;
}

void
protocol_learn(const json_t *doc)
{
	json_t *c, *value;
	const char *name;
	size_t i;

	json_array_foreach(member(doc, "cases"), i, c) {
		json_object_foreach(c, name, value) {
			size_t len = strlen(name);

			if (len > 8 && strcmp(name + len - 8, "_private") == 0)
				learn_pair(c, name);
		}
		if (has(c, "frame"))
			learn_request(c);
		if (has(c, "object"))
			learn_object(c);
		if (has(c, "plaintext") && has(c, "request_id"))
			learn_secret(c);
	}
}
