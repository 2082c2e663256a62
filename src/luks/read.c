/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "crypto/hash.h"
#include "luks/luks_int.h"

#define SECTOR 512	/* crypt_get_data_offset() counts in these */

static void
json_drop(json_t **j)
{
	json_decref(*j);
	*j = NULL;
}

static void
text_drop(char **text)
{
	free(*text);
	*text = NULL;
}

/* The header's JSON, which libcryptsetup has validated. */
static enum err
parse(struct crypt_device *cd, json_t **out)
{
	const char *text;
	json_t *header;

	TRY(luks_result(crypt_dump_json(cd, &text, 0), "read the header"));
	header = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	if (header == NULL)
		return log_err(ERR_MALFORMED, "volume: its header is no JSON");
	*out = header;
	return ERR_OK;
}

/*
 * What is hashed: {"digests": ..., "flags": ..., "segments": ...} with sorted
 * keys and no blanks.  A digest's own list of key slots is left out: it grows
 * with every slot.  flags are those that a volume is opened with; null when
 * there are none.
 */
static enum err
stable(json_t *header, json_t **out)
{
	json_t *kept OWNED(json_drop) = NULL;
	json_t *flags, *digest;
	const char *key;

	json_object_foreach(json_object_get(header, "digests"), key, digest)
		json_object_del(digest, "keyslots");
	flags = json_object_get(json_object_get(header, "config"), "flags");
	kept = json_pack("{s:O, s:O?, s:O}",
	    "digests", json_object_get(header, "digests"),
	    "flags", flags,
	    "segments", json_object_get(header, "segments"));
	if (kept == NULL)
		return log_err(ERR_MALFORMED, "volume: no segment or digest");
	*out = GIVE(kept, NULL);
	return ERR_OK;
}

static enum err
hash(json_t *header, uint8_t out[static LUKS_DIGEST_LEN])
{
	json_t *kept OWNED(json_drop) = NULL;
	char *text OWNED(text_drop) = NULL;
	struct span part;

	TRY(stable(header, &kept));
	text = json_dumps(kept, JSON_SORT_KEYS | JSON_COMPACT);
	if (text == NULL)
		return ERR_LIMIT;
	part = span_text(text);
	return sha256(&part, 1, out);
}

static int
is_null(const json_t *encryption)
{
	static const char null[] = "cipher_null";
	const char *text = json_string_value(encryption);

	return text == NULL || strncmp(text, null, sizeof(null) - 1) == 0;
}

/* Also a slot's own cipher: it would show the volume key. */
static int
has_null(json_t *header)
{
	json_t *part;
	const char *key;

	json_object_foreach(json_object_get(header, "segments"), key, part)
		if (is_null(json_object_get(part, "encryption")))
			return 1;
	json_object_foreach(json_object_get(header, "keyslots"), key, part)
		if (is_null(json_object_get(json_object_get(part, "area"),
		    "encryption")))
			return 1;
	return 0;
}

/* One volume key over one crypt segment is all that we open. */
static int
is_whole(json_t *header)
{
	json_t *segments = json_object_get(header, "segments");
	json_t *segment = json_object_get(segments, "0");
	const char *type = json_string_value(json_object_get(segment, "type"));

	return json_object_size(segments) == 1 && type != NULL &&
	    strcmp(type, "crypt") == 0;
}

static int
is_detached(struct crypt_device *cd)
{
	uint64_t metadata = 0, keyslots = 0;

	return crypt_header_is_detached(cd) != 0 ||
	    crypt_get_metadata_size(cd, &metadata, &keyslots) < 0 ||
	    crypt_get_data_offset(cd) * SECTOR < 2 * metadata + keyslots;
}

static enum luks_flaw
look(struct crypt_device *cd, json_t *header)
{
	const uint32_t reencrypt = CRYPT_REQUIREMENT_OFFLINE_REENCRYPT |
	    CRYPT_REQUIREMENT_ONLINE_REENCRYPT;
	uint32_t wants = CRYPT_REQUIREMENT_UNKNOWN;

	if (crypt_persistent_flags_get(cd, CRYPT_FLAGS_REQUIREMENTS,
	    &wants) < 0 || (wants & ~reencrypt) != 0)
		return LUKS_FLAW_requires;
	if (wants != 0)
		return LUKS_FLAW_reencrypt;
	if (!is_whole(header))
		return LUKS_FLAW_header;
	if (has_null(header))
		return LUKS_FLAW_null;
	if (is_detached(cd))
		return LUKS_FLAW_detached;
	return LUKS_SOUND;
}

static enum err
put_text(const char *from, char *to, size_t cap)
{
	if (from == NULL || strlen(from) >= cap)
		return log_err(ERR_MALFORMED, "volume: its header lacks a "
		    "UUID or a cipher, or has an endless one");
	memcpy(to, from, strlen(from) + 1);
	return ERR_OK;
}

enum err
luks_read(struct crypt_device *cd, struct luks_facts *facts,
    enum luks_flaw *flaw)
{
	json_t *header OWNED(json_drop) = NULL;
	const json_t *segment;
	int key_size = crypt_get_volume_key_size(cd);

	TRY(parse(cd, &header));
	*flaw = look(cd, header);
	if (*flaw != LUKS_SOUND)
		return ERR_OK;
	segment = json_object_get(json_object_get(header, "segments"), "0");
	TRY(put_text(json_string_value(json_object_get(segment,
	    "encryption")), facts->cipher, sizeof(facts->cipher)));
	TRY(put_text(crypt_get_uuid(cd), facts->uuid, sizeof(facts->uuid)));
	if (key_size <= 0)
		return log_err(ERR_MALFORMED, "volume: no key slot is left");
	facts->key_size = (uint64_t)key_size;
	return hash(header, facts->digest);
}
