/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LUKS_LUKS_H
#define LUKS_LUKS_H

/*
 * A LUKS2 volume, in the words of this appliance: what its header says, if it
 * is still the volume that was enrolled, and the slot that our passphrase
 * opens.
 *
 * The header is read once, by luks_load(): what is checked, what is tried and
 * what is opened are the same bytes, whatever becomes of the disk meanwhile.
 * Nothing is tried or opened unchecked.  libcryptsetup's types and codes end
 * here; what it has to say is logged.
 *
 * Knows base, crypto, libcryptsetup and jansson.  Does not know who may open
 * a volume, nor where its passphrase comes from.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"

#define LUKS_UUID_LEN	36
#define LUKS_CIPHER_MAX	64
#define LUKS_DIGEST_LEN	32
#define LUKS_NAME_MAX	64	/* of an opened volume */

struct luks;

/*
 * What is remembered of an enrolled volume.  The digest covers the segments,
 * the volume key's digests and the flags that a volume is opened with; not
 * the key slots, so that one more or less does not change it.
 */
struct luks_facts {
	char		 uuid[LUKS_UUID_LEN + 1];
	char		 cipher[LUKS_CIPHER_MAX + 1];	/* aes-xts-plain64 */
	uint64_t	 key_size;			/* in bytes */
	uint8_t		 digest[LUKS_DIGEST_LEN];
};

/* Why a volume is not opened; flaws.def has the words. */
enum luks_flaw {
	LUKS_SOUND,
#define FLAW(name, text, help) LUKS_FLAW_##name,
#include "luks/flaws.def"
#undef FLAW
};

const char *luks_flaw_text(enum luks_flaw flaw);
const char *luks_flaw_help(enum luks_flaw flaw);

/* Open, before the sandbox, what libcryptsetup opens once: its random
 * devices and the modules of its crypto library. */
enum err luks_start(void);

/* Read the header on device, a block device or an image file.  NOT_FOUND if
 * there is no such device, MALFORMED if there is no LUKS header on it. */
enum err luks_load(const char *device, struct luks **out);
void luks_drop(struct luks **l);

/* What the header says; all zeros if the volume is flawed. */
const struct luks_facts *luks_facts(const struct luks *l);

/* The first thing that is wrong with the volume; with want, also the first
 * of its facts that differs. */
enum luks_flaw luks_check(const struct luks *l, const struct luks_facts *want);

/* Try the passphrase on the slots that luks_add_slot() makes.  DENIED if the
 * volume is not as want says, AUTH if no slot opens. */
enum err luks_test(struct luks *l, const struct luks_facts *want,
    const struct secret *passphrase);

/* The same, and map the volume to /dev/mapper/name, which must be free. */
enum err luks_open(struct luks *l, const struct luks_facts *want,
    const char *name, const struct secret *passphrase);

/*
 * Let added open the volume too, which existing opens now; its slot, tried
 * once before the return, is made for 256 random bits: pbkdf2 at its least
 * cost, since argon2 would add nothing.  DENIED if the volume is flawed, AUTH
 * if existing opens no slot; the header is then as it was.
 */
enum err luks_add_slot(struct luks *l, const struct secret *existing,
    const struct secret *added, int *slot);

#endif
