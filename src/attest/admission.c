/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/admission.h"

#include "base/own.h"
#include "wire/map.h"

#define AWAITED_S 86400

enum err
admission_draw(const struct enrol_request *r, uint64_t now,
    struct enrol_challenge *c, struct admission *out)
{
	struct drbg *d OWNED(drbg_drop) = NULL;

	TRY(drbg_from_system(span_text("anchorhold/1 enrol"),
	    (struct span){ 0 }, &d));
	TRY(enrol_challenge_make(r, d, c));
	out->vm = r->vm_id;
	memcpy(out->ak_name, r->ak.name, sizeof(out->ak_name));
	memcpy(out->ek, r->ek_digest, sizeof(out->ek));
	memcpy(out->want, c->want, sizeof(out->want));
	out->until = now + AWAITED_S;
	return ERR_OK;
}

enum err
admission_write(const struct admission *a,
    uint8_t room[static ADMISSION_MAX], struct span *out)
{
	struct map_maker map;

	map_begin(&map);
	if (a->vm.len > 0)
		map_put_text(&map, "vm", WIRE_SPAN(a->vm));
	map_put_bytes(&map, "ak", SPAN(a->ak_name));
	map_put_bytes(&map, "ek", SPAN(a->ek));
	map_put_bytes(&map, "proof", SPAN(a->want));
	map_put_uint(&map, "until", a->until);
	map_put_bool(&map, "any_time", a->any_time);
	return map_end(&map, room, ADMISSION_MAX, out);
}

static enum err
take_bytes(struct span map, const char *name, uint8_t *out, size_t len)
{
	struct map_entry e;

	if (map_find(map, name, &e) != ERR_OK ||
	    e.value.kind != ITEM_BYTES || e.value.n != len)
		return ERR_MALFORMED;
	memcpy(out, e.value.data, len);
	return ERR_OK;
}

static enum err
take_vm(struct span map, struct wire_id *out)
{
	struct map_entry e;

	*out = (struct wire_id){ 0 };
	if (map_find(map, "vm", &e) != ERR_OK)
		return ERR_OK;
	return e.value.kind != ITEM_TEXT ? ERR_MALFORMED : WIRE_SET_TEXT(*out,
	    ((struct span){ e.value.data, e.value.n }));
}

enum err
admission_read(struct span map, struct admission *out)
{
	struct map_entry until, any_time;

	TRY(take_vm(map, &out->vm));
	TRY(take_bytes(map, "ak", out->ak_name, sizeof(out->ak_name)));
	TRY(take_bytes(map, "ek", out->ek, sizeof(out->ek)));
	TRY(take_bytes(map, "proof", out->want, sizeof(out->want)));
	if (map_find(map, "until", &until) != ERR_OK ||
	    until.value.kind != ITEM_UINT ||
	    map_find(map, "any_time", &any_time) != ERR_OK ||
	    any_time.value.kind != ITEM_BOOL)
		return ERR_MALFORMED;
	out->until = until.value.n;
	out->any_time = any_time.value.n != 0;
	return ERR_OK;
}
