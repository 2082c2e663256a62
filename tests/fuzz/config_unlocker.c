/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/config_unlocker.h"

#include "cose/cwt.h"
#include "tests/fuzz/fuzz.h"
#include "unlocker/settings.h"

static int
is_ended(const char *text, size_t cap)
{
	return text[0] != '\0' && strnlen(text, cap) < cap;
}

static void
check_volume(const struct volume_settings *v)
{
	must(is_ended(v->label, sizeof(v->label)), "label");
	must(v->device[0] == '/' && is_ended(v->device, sizeof(v->device)),
	    "device");
	must(is_ended(v->name, sizeof(v->name)), "name");
	must(scope_valid(span_text(v->release)), "release");
	must(strlen(v->uuid) == LUKS_UUID_LEN &&
	    memcmp(v->uuid, v->facts.uuid, LUKS_UUID_LEN) == 0, "uuid");
	must(v->key_size >= 16 && v->key_size <= 512 &&
	    v->facts.key_size == v->key_size, "key_size");
	must(strspn(v->digest, "0123456789abcdef") == 2 * LUKS_DIGEST_LEN,
	    "digest");
}

enum err
check_unlocker(const char *path)
{
	static struct settings s;

	memset(&s, 0, sizeof(s));
	TRY(settings_read(path, &s));
	must(is_ended(s.vm_id, sizeof(s.vm_id)), "vm_id");
	must(s.socket[0] == '/' && s.trust[0] == '/' && s.state[0] == '/',
	    "path");
	must(s.server_uid < UINT32_MAX, "server_uid");
	must(is_ended(s.operator, sizeof(s.operator)) &&
	    is_ended(s.device, sizeof(s.device)), "operator");
	must(s.appraise <= PROVING_ON && s.lock_memory <= LOCK_SECRETS,
	    "words");
	must(s.timeout >= 100 && s.timeout <= 600000, "timeout");
	must(s.nvolumes > 0 && s.nvolumes <= VOLUMES_MAX, "volumes");
	for (size_t i = 0; i < s.nvolumes; i++)
		check_volume(&s.volumes[i]);
	return ERR_OK;
}
