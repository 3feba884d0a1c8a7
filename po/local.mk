# Translations of what beschermctl says (ctl/text.h; phrases.c).  After a change of the texts:
# make update-po, then translate what is new in po/*.po.
languages = nl
EXTRA_DIST += po/nl.po po/phrases.c scripts/update-po
catalogues = po/nl/LC_MESSAGES/beschermd.mo
noinst_DATA += $(catalogues)
CLEANFILES += $(catalogues)
po/nl/LC_MESSAGES/beschermd.mo: po/nl.po
	$(AM_V_GEN)$(MKDIR_P) po/nl/LC_MESSAGES && \
	    $(MSGFMT) --check -o $@ '$(srcdir)/po/nl.po'

install-data-hook:
	for language in $(languages); do \
	    $(MKDIR_P) "$(DESTDIR)$(localedir)/$$language/LC_MESSAGES" && \
	    $(INSTALL_DATA) po/$$language/LC_MESSAGES/beschermd.mo \
	        "$(DESTDIR)$(localedir)/$$language/LC_MESSAGES/beschermd.mo" || exit 1; \
	done
uninstall-hook:
	for language in $(languages); do \
	    rm -f "$(DESTDIR)$(localedir)/$$language/LC_MESSAGES/beschermd.mo"; \
	done

# The catalogues get what is new, without a translation.
update-po:
	'$(srcdir)/scripts/update-po'
.PHONY: update-po
