/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"
#include "base/own.h"
#include "cose/keyfile.h"
#include "ctl/act.h"
#include "ctl/ask_passphrase.h"

/* Nobody signs what they have not been shown, or talked about. */
static enum ends
check_words(const struct args *a, const struct paper *p)
{
	char words[ACT_WORDS];

	if (act_words(p->file.act_file.act, words) != ERR_OK)
		return ENDS_machine;
	if (a->words == NULL && a->passphrase_text != NULL) {
		log_line("act approve: --words is missing: with a passphrase "
		    "from a descriptor nobody is asked");
		return ENDS_usage;
	}
	if (a->words == NULL || strcmp(a->words, words) == 0)
		return ENDS_ok;
	log_line("%s: another act than the one of these words", p->in.name);
	return ENDS_no;
}

/* An approval that no appliance would count is not made. */
static enum ends
check_key(const struct args *a, const struct paper *p,
    const struct cose_key *key)
{
	uint8_t bytes[COSE_KEY_MAX];
	size_t len = 0;

	if (!p->trusted)
		return ENDS_ok;
	if (!paper_is_ours(p)) {
		log_line("%s: an act for another appliance than that of %s",
		    p->in.name, a->trust);
		return ENDS_no;
	}
	if (cose_key_encode(key, bytes, &len) != ERR_OK)
		return ENDS_machine;
	for (size_t i = 0; i < p->trust.set.officers.count; i++)
		if (span_equal((struct span){ bytes, len },
		    WIRE_SPAN(p->trust.set.officers.at[i].key)))
			return ENDS_ok;
	log_line("%s: not the key of an officer in %s", a->key, a->trust);
	return ENDS_no;
}

/* Is it there already? */
static bool
has_approved(const struct msg_act_file *f, const struct wire_sig *approval)
{
	for (size_t i = 0; i < f->approvals.count; i++)
		if (span_equal(WIRE_SPAN(f->approvals.at[i]),
		    WIRE_SPAN(*approval)))
			return true;
	return false;
}

static enum ends
add(const struct args *a, struct paper *p, const struct signer *officer)
{
	struct msg_act_file *f = &p->file.act_file;
	struct wire_sig approval;

	if (act_approve(officer, f->act, &approval) != ERR_OK)
		return ENDS_machine;
	if (has_approved(f, &approval)) {
		log_line("%s: this officer has approved it already",
		    p->in.name);
		return ENDS_ok;
	}
	if (f->approvals.count == ACT_OFFICERS) {
		log_line("%s: there are %d approvals already", p->in.name,
		    ACT_OFFICERS);
		return ENDS_no;
	}
	f->approvals.at[f->approvals.count++] = approval;
	return paper_write(a->operand[0], &p->file, false);
}

static enum ends
approve(const struct args *a, struct paper *p)
{
	struct secret *passphrase OWNED(secret_drop) = NULL;
	struct secret *seed OWNED(secret_drop) = NULL;
	struct cose_key key;
	struct signer officer;
	enum ends e = ask_passphrase(a, "To approve it, the passphrase of",
	    a->key, &passphrase);

	if (e != ENDS_ok)
		return e;
	if (keyfile_open(a->key, WIRE_office_acts, passphrase, &seed, &key) !=
	    ERR_OK)
		return ENDS_no;
	if ((e = check_key(a, p, &key)) != ENDS_ok)
		return e;
	if (signer_ed25519(seed, &officer) != ERR_OK)
		return ENDS_machine;
	return add(a, p, &officer);
}

/* To people before they are asked; to a program once it is done. */
static enum ends
show(const struct args *a, const struct paper *p)
{
	struct sheet *s OWNED(sheet_drop) = NULL;

	if (sheet_new(a->json, SHEET_MAP, &s) != ERR_OK ||
	    paper_show(s, p) != ERR_OK)
		return ENDS_machine;
	return sheet_print(s, stdout) == ERR_OK ? ENDS_ok : ENDS_machine;
}

enum ends
act_approve_run(const struct args *a)
{
	struct paper p OWNED(paper_drop) = { .trusted = false };
	enum ends e;

	if (a->key == NULL) {
		log_line("act approve: --key is missing: whose approval is "
		    "it?");
		return ENDS_usage;
	}
	if ((e = paper_read(a, &p)) != ENDS_ok ||
	    (e = check_words(a, &p)) != ENDS_ok)
		return e;
	if (!a->json && (e = show(a, &p)) != ENDS_ok)
		return e;
	if (p.vm.there && (e = vm_look_good(&p.vm)) != ENDS_ok)
		return e;
	if ((e = approve(a, &p)) != ENDS_ok)
		return e;
	return a->json ? show(a, &p) : ENDS_ok;
}
