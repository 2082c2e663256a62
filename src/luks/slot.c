/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "luks/luks_int.h"

/* The least that libcryptsetup makes, and the most that a slot of ours may
 * ask for: the header is read before we know whose it is. */
#define ITERATIONS	1000
#define ITERATIONS_MAX	100000

static enum err
sound(const struct luks *l, const struct luks_facts *want)
{
	enum luks_flaw flaw = luks_check(l, want);

	if (flaw == LUKS_SOUND)
		return ERR_OK;
	return log_err(ERR_DENIED, "volume %s: %s; %s",
	    crypt_get_device_name(l->cd), luks_flaw_text(flaw),
	    luks_flaw_help(flaw));
}

static const char *
text_of(const struct secret *passphrase)
{
	return (const char *)secret_span(passphrase).at;
}

/* Of the kind that luks_add_slot() makes.  A slot with argon2 is not ours,
 * and would take memory that a locked process does not have. */
static int
is_ours(struct crypt_device *cd, int slot)
{
	crypt_keyslot_info is = crypt_keyslot_status(cd, slot);
	struct crypt_pbkdf_type kdf;

	return (is == CRYPT_SLOT_ACTIVE || is == CRYPT_SLOT_ACTIVE_LAST) &&
	    crypt_keyslot_get_pbkdf(cd, slot, &kdf) == 0 &&
	    strcmp(kdf.type, CRYPT_KDF_PBKDF2) == 0 &&
	    kdf.iterations <= ITERATIONS_MAX;
}

static enum err
no_slot(const struct luks *l)
{
	return log_err(ERR_AUTH, "volume %s: no key slot opens with the "
	    "passphrase", crypt_get_device_name(l->cd));
}

static enum err
activate(struct luks *l, const char *name, const struct secret *passphrase)
{
	int max = crypt_keyslot_max(CRYPT_LUKS2);

	for (int slot = 0; slot < max; slot++) {
		int rc;

		if (!is_ours(l->cd, slot))
			continue;
		rc = crypt_activate_by_passphrase(l->cd, name, slot,
		    text_of(passphrase), secret_len(passphrase), 0);
		if (rc != -EPERM)
			return luks_result(rc, name == NULL ? "try the slot" :
			    "map the volume");
	}
	return no_slot(l);
}

enum err
luks_test(struct luks *l, const struct luks_facts *want,
    const struct secret *passphrase)
{
	TRY(sound(l, want));
	return activate(l, NULL, passphrase);
}

enum err
luks_open(struct luks *l, const struct luks_facts *want, const char *name,
    const struct secret *passphrase)
{
	TRY(sound(l, want));
	if (name[0] == '\0' || strlen(name) > LUKS_NAME_MAX)
		return ERR_LIMIT;
	return activate(l, name, passphrase);
}

enum err
luks_add_slot(struct luks *l, const struct secret *existing,
    const struct secret *added, int *slot)
{
	static const struct crypt_pbkdf_type cheap = {
		.type = CRYPT_KDF_PBKDF2,
		.hash = "sha256",
		.iterations = ITERATIONS,
		.flags = CRYPT_PBKDF_NO_BENCHMARK,
	};
	int rc;

	TRY(sound(l, NULL));
	TRY(luks_result(crypt_set_pbkdf_type(l->cd, &cheap), "choose pbkdf2"));
	rc = crypt_keyslot_add_by_passphrase(l->cd, CRYPT_ANY_SLOT,
	    text_of(existing), secret_len(existing), text_of(added),
	    secret_len(added));
	if (rc == -EPERM)
		return no_slot(l);
	TRY(luks_result(rc, "add a key slot"));
	TRY(luks_test(l, NULL, added));
	*slot = rc;
	return ERR_OK;
}
