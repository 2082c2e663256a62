/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audit/keys.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/own.h"
#include "cose/sign1.h"
#include "store/file.h"

#define KEYS_NAME "keys.cbor"
#define KEYS_AAD "anchorhold/1 key_metadata"
#define OBJECT_MAX 65536
#define DEPTH 4

static void
free_bytes(uint8_t **bytes)
{
	free(*bytes);
	*bytes = NULL;
}

/* The whole file, at most two objects, in memory of its own. */
static enum err
read_file(int dir, uint8_t **out, struct span *bytes)
{
	uint8_t *buf OWNED(free_bytes) = NULL;
	int fd OWNED(fd_drop) = -1;
	uint64_t size;

	TRY(file_view(dir, KEYS_NAME, &fd));
	TRY(file_size(fd, &size));
	if (size == 0 || size > 2 * OBJECT_MAX)
		return ERR_MALFORMED;
	if ((buf = malloc(size)) == NULL)
		return ERR_LIMIT;
	TRY(file_read(fd, 0, buf, size));
	*bytes = (struct span){ buf, size };
	*out = GIVE(buf, NULL);
	return ERR_OK;
}

/* The first object, if root signed it. */
static bool
has_first(struct span bytes, const struct cose_key *root, struct span *first)
{
	struct reader r = reader_of(bytes);
	struct span object, payload;

	if (item_skip(&r, DEPTH, &object) != ERR_OK ||
	    cose_check_embedded(object, root, KEYS_AAD, &payload) != ERR_OK)
		return false;
	*first = object;
	return true;
}

/* A file that was damaged must not keep new keys from being published. */
enum err
audit_keys_save(int dir, const struct cose_key *root, struct span object)
{
	uint8_t *buf OWNED(free_bytes) = NULL;
	struct span bytes = { NULL, 0 }, kept[2] = { object, object };
	enum err e;

	if (object.len > OBJECT_MAX)
		return ERR_LIMIT;
	e = read_file(dir, &buf, &bytes);
	if (e != ERR_OK && e != ERR_MALFORMED && e != ERR_NOT_FOUND)
		return e;
	if (e != ERR_NOT_FOUND && !has_first(bytes, root, &kept[0]))
		log_line("audit: %s was not what the root key signed, and is "
		    "begun anew", KEYS_NAME);
	return file_replace(dir, KEYS_NAME, kept,
	    span_equal(kept[0], object) ? 1 : 2);
}

static enum err
add_key(struct audit_keys *keys, const struct msg_listed_key *k)
{
	if (k->use != WIRE_use_audit)
		return ERR_OK;
	if (keys->count == AUDIT_KEYS_MAX)
		return ERR_LIMIT;
	TRY(cose_key_decode(WIRE_SPAN(k->key), &keys->at[keys->count]));
	keys->count++;
	return ERR_OK;
}

/* The first object says who began the log; who came later is said there. */
static enum err
add_object(struct audit_keys *keys, struct span object, bool first,
    const struct cose_key *root, struct span issuer)
{
	const struct msg_key_metadata *k;
	struct span payload;
	struct msg m;

	TRY(cose_check_embedded(object, root, KEYS_AAD, &payload));
	if (wire_decode_object(MSG_key_metadata, payload, &m) != ERR_OK)
		return ERR_MALFORMED;
	k = &m.key_metadata;
	if (!span_equal(WIRE_SPAN(k->issuer), issuer))
		return ERR_DENIED;
	for (size_t i = 0; first && i < k->keys.count; i++)
		TRY(add_key(keys, &k->keys.at[i]));
	return ERR_OK;
}

enum err
audit_keys_load(int dir, const struct cose_key *root, struct span issuer,
    struct audit_keys *out)
{
	uint8_t *buf OWNED(free_bytes) = NULL;
	struct span bytes;

	*out = (struct audit_keys){ .count = 0 };
	TRY(read_file(dir, &buf, &bytes));
	return audit_keys_take(bytes, root, issuer, out);
}

enum err
audit_keys_take(struct span bytes, const struct cose_key *root,
    struct span issuer, struct audit_keys *out)
{
	struct reader r = reader_of(bytes);
	struct span object;

	*out = (struct audit_keys){ .count = 0 };
	while (item_done(&r) != ERR_OK) {
		TRY(item_skip(&r, DEPTH, &object));
		TRY(add_object(out, object, object.at == bytes.at, root,
		    issuer));
	}
	return ERR_OK;
}

const struct cose_key *
audit_keys_find(const struct audit_keys *keys, struct span kid)
{
	uint8_t name[COSE_KID_LEN];

	for (size_t i = 0; i < keys->count; i++)
		if (cose_key_kid(&keys->at[i], name) == ERR_OK &&
		    span_equal(SPAN(name), kid))
			return &keys->at[i];
	return NULL;
}
