/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/event_draft.h"

#include <stdio.h>

#include "attest/bytes.h"
#include "attest/event_words.h"

/* A type without words, and data that say nothing, have their number. */
static void
set_words(const struct event *e, struct msg_event_rule *out)
{
	char words[EVENT_WORDS_MAX];
	const char *name = event_type_name(e->type);

	if (*event_words(e, words) == '\0')
		(void)!snprintf(words, sizeof(words), "%s 0x%08x",
		    name != NULL ? name : "type", e->type);
	(void)WIRE_SET_TEXT(out->words, span_text(words));
}

void
event_draft_exact(const struct eventlog *log, const struct event *e,
    size_t bank, struct msg_event_rule *out)
{
	*out = (struct msg_event_rule){ .pcr = e->pcr, .least = 1, .most = 1,
	    .ordered = true };
	set_words(e, out);
	out->has_data = e->data.len > 0 && e->data.len <= EVENT_DRAFT_DATA &&
	    event_covers(log, e, bank);
	out->has_digests = !out->has_data;
	*(out->has_data ? &out->data : &out->digests) =
	    out->has_data ? e->data : e->digest[bank];
}

/* GUID and name of an EFI variable, without what is between them. */
static enum err
find_variable(struct span data, struct span *out, uint8_t room[static 256])
{
	const size_t head = 32;		/* GUID, and two lengths */
	uint64_t chars;

	if (data.len < head)
		return ERR_NOT_FOUND;
	chars = little(data, 16, 8);
	if (chars == 0 || chars > (256 - 16) / 2 ||
	    2 * chars > data.len - head ||
	    little(data, 24, 8) != data.len - head - 2 * chars)
		return ERR_NOT_FOUND;
	memcpy(room, data.at, 16);
	memcpy(room + 16, data.at + head, 2 * chars);
	*out = (struct span){ room, 16 + 2 * chars };
	return ERR_OK;
}

enum err
event_draft_loose(const struct eventlog *log, const struct event *e,
    size_t bank, struct msg_event_rule *out, uint8_t room[static 256])
{
	struct span variable = { };

	if (find_variable(e->data, &variable, room) != ERR_OK ||
	    !event_covers(log, e, bank))
		return ERR_NOT_FOUND;
	*out = (struct msg_event_rule){ .pcr = e->pcr, .least = 1, .most = 1,
	    .ordered = true, .has_variable = true, .variable = variable };
	set_words(e, out);
	return ERR_OK;
}
