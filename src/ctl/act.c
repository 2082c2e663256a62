/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/act.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"
#include "ctl/show.h"
#include "store/file.h"

#define PAPER_MAX 16384

void
paper_drop(struct paper *p)
{
	vm_look_drop(&p->vm);
	input_drop(&p->in);
}

/* Before there is a key in this process. */
static enum ends
look_at_vm(const struct args *a, struct paper *p)
{
	const bool asked = a->awaited != NULL;
	enum ends e;

	if (asked != (a->proof != NULL) || (asked && a->vm_request == NULL)) {
		log_line("%s: --awaited and --proof go together, with "
		    "--vm-request", p->in.name);
		return ENDS_usage;
	}
	if (a->vm_request == NULL)
		return ENDS_ok;
	if (!vm_is_act(&p->act.act)) {
		log_line("%s: --vm-request: not an act about a TPM",
		    p->in.name);
		return ENDS_usage;
	}
	e = vm_look(a, a->vm_request, &p->vm);
	vm_look_compare(&p->vm, &p->act.act);
	return e == ENDS_ok && asked ? vm_look_asked(a, &p->vm) : e;
}

enum ends
paper_read(const struct args *a, struct paper *out)
{
	const enum err e = input_read(a->operand[0], PAPER_MAX, false,
	    &out->in);

	if (e != ERR_OK)
		return ends_of(e);
	if (wire_decode_object(MSG_act_file, input_span(&out->in),
	    &out->file) != ERR_OK || wire_decode_object(MSG_act,
	    out->file.act_file.act, &out->act) != ERR_OK) {
		log_line("%s: not an act, or one that was altered",
		    out->in.name);
		return ENDS_malformed;
	}
	out->trusted = access(a->trust, R_OK) == 0;
	if (out->trusted && trust_read(a->trust, a->officers,
	    &out->trust) != ERR_OK)
		return ENDS_malformed;
	return look_at_vm(a, out);
}

/* The directory that the file is in, and its name there. */
static enum err
open_parent(const char *path, int *dir, const char **name)
{
	const char *slash = strrchr(path, '/');
	char *parent = slash == NULL ? NULL :
	    strndup(path, (size_t)(slash - path) + 1);

	*dir = open(parent != NULL ? parent : ".",
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(parent);
	*name = slash == NULL ? path : slash + 1;
	return *dir == -1 ? log_errno("%s", path) : ERR_OK;
}

static enum err
write_paper(const char *path, struct span bytes, bool anew)
{
	int dir OWNED(fd_drop) = -1;
	const char *name;

	TRY(open_parent(path, &dir, &name));
	if (anew && faccessat(dir, name, F_OK, 0) == 0)
		return log_err(ERR_STATE, "%s: there is something already; it "
		    "was not touched", path);
	TRY(file_replace(dir, name, &bytes, 1));
	return file_sync_dir(dir);
}

enum ends
paper_put(const char *path, struct span bytes, bool anew)
{
	const enum err e = write_paper(path, bytes, anew);

	return e == ERR_OK ? ENDS_ok : e == ERR_STATE ? ENDS_no :
	    ENDS_unreached;
}

enum ends
paper_write(const char *path, const struct msg *file, bool anew)
{
	uint8_t buf[PAPER_MAX];
	size_t len = 0;

	if (wire_encode_object(file, buf, sizeof(buf), &len) != ERR_OK)
		return ENDS_unreached;
	return paper_put(path, (struct span){ buf, len }, anew);
}

enum err
paper_approvers(const struct paper *p, uint16_t *who, unsigned *count,
    unsigned *others)
{
	const struct msg_act_file *f = &p->file.act_file;
	struct wire_key keys[TRUST_OFFICERS];
	uint16_t one;

	*who = 0;
	*count = *others = 0;
	trust_keys(&p->trust, keys);
	for (size_t i = 0; i < f->approvals.count; i++) {
		const enum err e = act_approvers(f->act, &f->approvals.at[i],
		    1, keys, p->trust.set.officers.count, &one);

		if (e == ERR_INTERNAL || e == ERR_LIMIT)
			return e;
		*others += e != ERR_OK;
		*count += e == ERR_OK && (*who & one) == 0;
		if (e == ERR_OK)
			*who |= one;
	}
	return ERR_OK;
}

bool
paper_is_ours(const struct paper *p)
{
	uint8_t thumbprint[32];

	return p->trusted && cose_key_thumbprint(&p->trust.root,
	    thumbprint) == ERR_OK && span_equal(SPAN(thumbprint),
	    WIRE_SPAN(p->act.act.appliance));
}

/* Whose each is said to be; and, if that can be known, how many count. */
static enum err
show_approvals(struct sheet *s, const struct paper *p)
{
	const struct msg_act_file *f = &p->file.act_file;
	unsigned count, others;
	struct sign1 by;
	uint16_t who;

	sheet_open(s, "approvals", SHEET_LIST);
	for (size_t i = 0; i < f->approvals.count; i++)
		if (cose_sign1_parse(WIRE_SPAN(f->approvals.at[i]),
		    SIGN1_DETACHED, &by) == ERR_OK)
			sheet_bytes(s, NULL, by.kid);
		else
			sheet_say(s, NULL, "no signature at all");
	sheet_close(s);
	if (!p->trusted) {
		sheet_tell(s, "note", "without the trust file nobody can say "
		    "whose these are: see --trust");
		return ERR_OK;
	}
	TRY(paper_approvers(p, &who, &count, &others));
	sheet_bool(s, "appliance_known|for our appliance", paper_is_ours(p));
	sheet_uint(s, "approved|officers who approved", count);
	sheet_uint(s, "quorum|officers it takes", p->trust.set.quorum);
	if (others > 0)
		sheet_uint(s, "others|approvals that are none", others);
	return ERR_OK;
}

enum err
paper_show(struct sheet *s, const struct paper *p)
{
	char words[ACT_WORDS];

	TRY(act_words(p->file.act_file.act, words));
	act_say(s, &p->act.act);
	vm_look_show(s, &p->vm, &p->act.act);
	sheet_say(s, "words|four words", "%s", words);
	sheet_open(s, "act", SHEET_MAP);
	show_message(s, &p->act);
	sheet_close(s);
	return show_approvals(s, p);
}

enum ends
act_show_run(const struct args *a)
{
	struct paper p OWNED(paper_drop) = { .trusted = false };
	struct sheet *s OWNED(sheet_drop) = NULL;
	const enum ends e = paper_read(a, &p);

	if (e != ENDS_ok)
		return e;
	if (sheet_new(a->json, SHEET_MAP, &s) != ERR_OK ||
	    paper_show(s, &p) != ERR_OK)
		return ENDS_machine;
	if (sheet_print(s, stdout) != ERR_OK)
		return ENDS_machine;
	return p.vm.there ? vm_look_good(&p.vm) : ENDS_ok;
}
