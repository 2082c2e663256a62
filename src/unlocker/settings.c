/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unlocker/settings.h"

#include <string.h>

#include "base/log.h"
#include "cose/cwt.h"
#include "xen/vchan.h"

#define NO_USER UINT64_C(4294967295)

#define STRING(field, kind, preset, text) \
	CONFIG_STRING(struct settings, field, kind, preset, text)

static const struct config_row main_rows[] = {
	STRING(vm_id, CONFIG_ID, "unlocker",
	    "what cryptod calls this unlocker: its channel, and the audience "
	    "of its tokens"),
	STRING(socket, CONFIG_PATH, "/run/anchorhold/unlocker/socket",
	    "cryptod's socket for this vm_id"),
	CONFIG_NUMBER(struct settings, server_uid, CONFIG_UINT, 0,
	    UINT32_MAX, "4294967295",
	    "the uid that cryptod must have there; 4294967295 is not one"),
	{ .name = "vchan", .kind = CONFIG_TEXT, .min = 0,
	    .max = VCHAN_NODE_MAX, .preset = "",
	    CONFIG_AT(struct settings, vchan), .doc = "instead of a socket, "
	    "the node of xenstore where the toolstack has written the domid "
	    "of cryptod's domain" },
	CONFIG_NUMBER(struct settings, vchan_port, CONFIG_UINT, 1, 65535,
	    "9001", "cryptod's vchan_port"),
	CONFIG_NUMBER(struct settings, vchan_channel, CONFIG_UINT, 0,
	    VCHAN_CHANNELS - 1, "0", "which of the vchans that cryptod has "
	    "for this domain is the unlocker's"),
	STRING(trust, CONFIG_PATH, "/etc/anchorhold/trust",
	    "the trust file that the ceremony made"),
	STRING(officers, CONFIG_PATH, "/etc/anchorhold/officers",
	    "whose signatures on it count: what the ceremony pins"),
	STRING(state, CONFIG_PATH, "/var/lib/anchorhold/unlocker",
	    "a directory of the unlocker's own; it remembers the newest key "
	    "metadata and trust file there, and the clock of cryptod's TPM, "
	    "and takes no older ones"),
	STRING(operator, CONFIG_ID, NULL, "who is asked for a code"),
	STRING(device, CONFIG_ID, NULL, "and what shows it to them"),
	CONFIG_CHOICE(struct settings, appraise, "off on", "on",
	    "whether cryptod must prove what it runs before a code is asked "
	    "for; off: its keys are believed without, and each run says so"),
	CONFIG_CHOICE(struct settings, lock_memory, "all secrets", "all",
	    "what is locked in RAM"),
	CONFIG_NUMBER(struct settings, timeout, CONFIG_DURATION, 100, 600000,
	    "30s", "how long an answer may take"),
};

#define VOLUME(field, kind, preset, text) \
	CONFIG_STRING(struct volume_settings, field, kind, preset, text)

static const struct config_row volume_rows[] = {
	VOLUME(device, CONFIG_PATH, NULL, "the block device or image file"),
	VOLUME(name, CONFIG_ID, NULL,
	    "its name under /dev/mapper when it is open"),
	VOLUME(release, CONFIG_TEXT, NULL,
	    "cryptod's name for its passphrase: luks:root"),
	VOLUME(uuid, CONFIG_TEXT, NULL, "its UUID when it was enrolled"),
	VOLUME(cipher, CONFIG_TEXT, NULL,
	    "its cipher then: aes-xts-plain64"),
	CONFIG_NUMBER(struct volume_settings, key_size, CONFIG_UINT, 16, 512,
	    NULL, "the size of its key then, in bytes"),
	VOLUME(digest, CONFIG_TEXT, NULL,
	    "the digest of its header then, in hexadecimal"),
};

#define ROWS(table) .rows = (table), \
	.nrows = sizeof(table) / sizeof((table)[0])

static const struct config_section tables[] = {
	{ .name = "unlocker", ROWS(main_rows), .doc = "The unlocker." },
	{ .name = "volume", ROWS(volume_rows),
	    .at = offsetof(struct settings, volumes),
	    .size = sizeof(struct volume_settings), .max = VOLUMES_MAX,
	    .count = offsetof(struct settings, nvolumes),
	    .label = offsetof(struct volume_settings, label),
	    .doc = "A volume: the ceremony writes these." },
};

#define NTABLES (sizeof(tables) / sizeof(tables[0]))

static int
nibble(char c)
{
	return c >= '0' && c <= '9' ? c - '0' :
	    c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* hex has at most as many digits as are wanted; too few end in a NUL. */
static int
unhex(const char *hex, uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int high = nibble(hex[2 * i]), low = nibble(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return -1;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

/* What the tables could not check. */
static enum err
complete(const char *path, struct volume_settings *v)
{
	struct luks_facts *f = &v->facts;

	if (!scope_valid(span_text(v->release)) ||
	    strncmp(v->release, "luks:", 5) != 0)
		return log_err(ERR_MALFORMED, "%s: [volume %s]: release: not "
		    "like luks:root", path, v->label);
	if (strlen(v->uuid) != LUKS_UUID_LEN)
		return log_err(ERR_MALFORMED, "%s: [volume %s]: uuid: not "
		    "like cryptsetup luksUUID prints it", path, v->label);
	if (unhex(v->digest, f->digest, sizeof(f->digest)) != 0)
		return log_err(ERR_MALFORMED, "%s: [volume %s]: digest: not "
		    "%d hexadecimal digits in lower case", path, v->label,
		    2 * LUKS_DIGEST_LEN);
	memcpy(f->uuid, v->uuid, sizeof(f->uuid));
	memcpy(f->cipher, v->cipher, sizeof(f->cipher));
	f->key_size = v->key_size;
	return ERR_OK;
}

enum err
settings_read(const char *path, struct settings *out)
{
	struct config c;

	TRY(config_start(&c, tables, NTABLES, out));
	TRY(config_read(&c, path));
	TRY(config_check(&c, path));
	if (out->vchan[0] == '\0' && out->server_uid == NO_USER)
		return log_err(ERR_MALFORMED, "%s: [unlocker]: server_uid is "
		    "missing", path);
	for (size_t i = 0; i < out->nvolumes; i++)
		TRY(complete(path, &out->volumes[i]));
	if (out->nvolumes == 0)
		return log_err(ERR_MALFORMED, "%s: no [volume NAME]: there is "
		    "nothing to open", path);
	return ERR_OK;
}

void
settings_warn(const char *path, const struct settings *s)
{
	if (s->appraise == PROVING_OFF)
		log_line("%s: [unlocker]: appraise = off: cryptod's keys are "
		    "believed without a proof of what it runs", path);
}

const char *
settings_where(const struct settings *s)
{
	return s->vchan[0] != '\0' ? s->vchan : s->socket;
}

enum err
settings_volume(const struct settings *s, const char *label,
    const struct volume_settings **out)
{
	char known[VOLUMES_MAX * (CONFIG_LABEL_MAX + 2)] = "";
	size_t len = 0;

	for (size_t i = 0; i < s->nvolumes; i++) {
		const struct volume_settings *v = &s->volumes[i];

		if (label == NULL ? s->nvolumes == 1 :
		    strcmp(label, v->label) == 0) {
			*out = v;
			return ERR_OK;
		}
		len += (size_t)snprintf(known + len, sizeof(known) - len,
		    " %s", v->label);
	}
	return label == NULL ?
	    log_err(ERR_NOT_FOUND, "which volume? one of:%s", known) :
	    log_err(ERR_NOT_FOUND, "no volume %s; there are:%s", label, known);
}

void
settings_print(FILE *to)
{
	config_print(tables, NTABLES, to);
}
