"""The phrases by which people ask to be left alone, in four languages.

They match normalized text: lower case, no accents, no punctuation, one space after
every word. A phrase is matched as a whole, so a single word that is not in these lists
makes it an ordinary sentence.

A bare keyword is never a request: it counts only where a reply begins, for the last
line of a message is often the link "Unsubscribe" of the one it answers to. Calls may
be named beside the other ways, but "stop calling me" alone is no request to end the
e-mails or SMS that it answers to: who wants them instead of calls says it like that.
The same holds for a request that names other ways alone, as "do not send letters" does
in an e-mail.
"""

import re


def _one(words: str) -> str:
    """Give a pattern for one of some words."""
    return rf"(?:(?:{'|'.join(words.split())}) )"


def _alternatives(*patterns: str) -> str:
    return f"(?:{'|'.join(patterns)})"


# What may stand around a keyword without changing what it says
_COURTESY = _one(
    "please pls plz kindly just now ok okay yes thanks thank you hi hello hey "
    "immediately already all it this that me us "
    "bitte danke jetzt sofort hallo endlich damit mich uns "
    "merci svp se s il vous te plait maintenant immediatement bonjour ca moi nous "
    "por favor gracias ahora ya mismo hola esto todo"
)

# Opt out wherever they are the first sentence
_KEYWORD = _alternatives(
    _one(
        "stop stopp stopall unsubscribe optout revoke "
        "abmelden abmeldung abbestellen austragen widerruf "
        "arret arreter arretez arrete desabonner desabonnement desinscrire "
        "desinscription desabonnez desinscrivez "
        "pare paren parar basta alto baja desuscribir desuscribirme"
    ),
    "opt out ",
    "horen sie auf ",
    "no mas ",
)

# They also begin other orders ("Cancel. The invoice is a duplicate."), so they opt
# out only with the first line to themselves
_WEAK_KEYWORD = _one(
    "end quit cancel ende beenden abbrechen aufhoren fin annuler quitter "
    "cancelar terminar salir"
)

KEYWORD = re.compile(rf"{_COURTESY}*{_KEYWORD}(?:{_KEYWORD}|{_COURTESY})*")
KEYWORD_ALONE = re.compile(
    rf"{_COURTESY}*{_alternatives(_KEYWORD, _WEAK_KEYWORD)}"
    rf"(?:{_KEYWORD}|{_WEAK_KEYWORD}|{_COURTESY})*"
)


def _english() -> list[str]:
    ask = _one(
        "please pls plz kindly just now ok okay hi hello i we you can could would want "
        "need like ask asking to must should have how do yes no and so again"
    )
    fill = _one(
        "me us my our your the these this those that all any of more further again "
        "anymore ever such about from at on for with to and or it so many off out "
        "please now thanks thank you immediately automatic automated payment overdue "
        "be being receive receiving address number everything wish account "
        "call calls calling phone phoning"
    )
    messages = (
        "emails messages texts reminders notifications mailings newsletters sms "
        "whatsapps letters spam"
    )
    contact = _one(
        f"{messages} email emailing mail mails mailing message messaging text texting "
        "contact contacting contacted contacts "
        "reminder reminding remind notice notices notification write writing send "
        "sending bother bothering harass harassing harassment spamming letter "
        "communication communications list newsletter whatsapp"
    )
    rest = f"(?:{fill}|{contact})*"
    polite = _one("please pls plz kindly just ok okay hi hello and again")
    leave = "(?:unsubscribe |optout |opt out |opt (?:me|us) out )"
    return [
        f"{ask}*(?:stop|quit|cease|discontinue) {fill}*{contact}{rest}",
        f"{ask}*(?:end|cancel) {fill}*{_one(messages)}{rest}",
        f"{polite}*(?:do not |dont |never ){fill}*{contact}{rest}",
        f"(?:i |we |{polite})*(?:do not |dont |no longer )"
        f"(?:want |wish |like |would like ){fill}*{contact}{rest}",
        f"{polite}*(?:(?:i|we) want )?no more {contact}{rest}",
        f"{ask}+{leave}{rest}",
        f"{leave}(?:{fill}|{contact}){rest}",
        f"{polite}*(?:remove|take|delete) (?:me |us )"
        f"(?:off |(?:off |from ){fill}*{contact}{rest})?(?:{polite}|thanks )*",
        f"{polite}*(?:remove|delete) (?:my|our|this) (?:email |phone |mobile )?"
        f"(?:address |number )?from {fill}*{contact}{rest}",
        f"{ask}*(?:revoke|withdraw) (?:my |our )?(?:consent|permission) {rest}",
    ]


def _german() -> list[str]:
    ask = _one("bitte ich wir mochte mochten will wollen wunsche wunschen und hallo")
    fill = _one(
        "mir mich uns ihre ihren ihrer eure deine die der dem den das diese dieser "
        "dieses diesen alle allen jede jeden weitere weiteren weiterer weiteres an per "
        "mit zu von aus auf mehr sie bitte danke sofort ab jetzt und oder erhalten "
        "bekommen automatischen automatische anruf anrufe anrufen anzurufen"
    )
    contact = _one(
        "email emails mail mails sms nachricht nachrichten kontakt kontaktieren "
        "kontaktaufnahme kontaktiert mahnung mahnungen "
        "erinnerung erinnerungen zahlungserinnerung zahlungserinnerungen newsletter "
        "schreiben briefe brief senden zusenden schicken zuschicken belastigen "
        "belastigung benachrichtigungen werbung verteiler liste mailingliste whatsapp"
    )
    verbs = _one(
        "schreiben kontaktieren mailen senden schicken belastigen "
        "schreib schreibt kontaktier kontaktiert schick schickt"
    )
    lists = _one("verteiler liste mailingliste verteilerliste adressliste")
    leave = _one("nehmen streichen loschen entfernen austragen")
    rest = f"(?:{fill}|{contact})*"
    return [
        f"{ask}*(?:stopp|stop|stoppen|stoppt|beenden|unterlassen) "
        f"{fill}*{contact}{rest}",
        f"{ask}*{fill}*{contact}{rest}"
        "(?:stoppen|einstellen|unterlassen|abbestellen|beenden) ",
        f"{ask}*keine?n? (?=.*\\b(?:mehr|weitere[nr]?|bitte) ){fill}*{contact}{rest}",
        f"{ask}*{verbs}(?:sie )?{fill}*(?:nicht|keine?n?) {rest}",
        f"{ask}*{fill}*nicht mehr {fill}*{contact}{rest}",
        f"{ask}*(?:horen sie|hor|hort) {fill}*auf {rest}",
        f"{ask}*{leave}(?:sie )?{fill}*{lists}{fill}*",
        f"{ask}*{fill}*{lists}{leave}{fill}*",
        f"{ask}*(?:melden|tragen) sie (?:mich|uns) {fill}*(?:ab|aus) {fill}*",
        f"{ask}*(?:mich|uns) {fill}*(?:abmelden|austragen) ",
    ]


def _french() -> list[str]:
    ask = _one(
        "merci de d veuillez svp s il vous te plait je nous demande demandons "
        "pouvez pourriez voudrais voudrions souhaite souhaitons veux bonjour et"
    )
    fill = _one(
        "me m moi nous vous tu de d des du le la les l a vos votre mes mon tout "
        "toute tous toutes ces ce cet cette aucun aucune autre autres par en sur "
        "plus recevoir souhaite souhaitons veux voulons desire svp s il te plait merci "
        "maintenant immediatement et ou adresse numero automatiques etre "
        "appel appels appeler appelez telephoner telephonez"
    )
    contact = _one(
        "email emails mail mails courriel courriels courrier courriers sms message "
        "messages texto textos contact contacter contactez contacte contactes rappel "
        "rappels relance relances relancer relancez ecrire ecrivez envoyer "
        "envoyez envoi envois harceler harcelement deranger derangez notification "
        "notifications newsletter lettres liste listes whatsapp"
    )
    rest = f"(?:{fill}|{contact})*"
    return [
        f"{ask}*(?:arreter|arretez|arrete|cesser|cessez|stop|stopper|stoppez) "
        f"{fill}*{contact}{rest}",
        f"{ask}*(?:ne|n) (?=.*\\b(?:plus|pas|jamais) )"
        f"(?:{fill}|pas |jamais )*{contact}(?:{fill}|{contact}|pas |jamais )*",
        f"{ask}*plus (?:de|d|aucun|aucune) {contact}{rest}",
        f"{ask}+(?:me )?(?:desabonner|desabonnez|desinscrire|desinscrivez) {rest}",
        f"{ask}*(?:me |nous )?(?:retirez|supprimez|enlevez|retirer|supprimer|enlever) "
        f"{fill}*(?:liste|listes) {rest}",
    ]


def _spanish() -> list[str]:
    ask = _one(
        "por favor le les pido pedimos quiero queremos quisiera deseo solicito "
        "solicitamos ruego hola que y puede pueden podria podrian ya"
    )
    fill = _one(
        "me nos de del la las el los lo a al su sus mi mis esta este estos estas esos "
        "mas por favor en con y o ni ya ahora recibir nuestra nuestro direccion numero "
        "telefono gracias ningun ninguna llamada llamadas llamar llamarme llamarnos "
        "llame llamen llames"
    )
    contact = _one(
        "email emails mail mails correo correos sms mensaje mensajes contacto "
        "contactar contactarme contactarnos contacte contacten contactes recordatorio "
        "recordatorios escribir escribirme escribirnos escriba escriban escribas "
        "enviar enviarme enviarnos envie envien envies mandar mandarme mande manden "
        "mandes molestar molestarme molestarnos moleste molesten molestes avisos "
        "notificaciones cartas lista listas whatsapp"
    )
    rest = f"(?:{fill}|{contact})*"
    return [
        f"{ask}*(?:deje|dejen|deja|dejad|dejar|pare|paren|parar|cese|cesen|stop) "
        f"{fill}*{contact}{rest}",
        f"{ask}*no (?:me|nos|vuelva a|vuelvan a) {fill}*{contact}{rest}",
        f"{ask}*no (?:quiero|queremos|deseo|deseamos) {fill}*{contact}{rest}",
        f"{ask}*no mas {contact}{rest}",
        f"{ask}*(?:darme|darnos|deme|denme|dame|dar|denos|dennos) de baja {rest}",
        f"{ask}+(?:la )?baja {rest}",
        f"{ask}*(?:eliminar|elimine|eliminen|quitar|quite|quiten|saque|saquen|borre"
        f"|borren|retire|retiren|retirar|sacar|borrar)(?:me|nos)? {fill}*"
        f"(?:lista|listas) {rest}",
    ]


REQUEST = re.compile(_alternatives(*_english(), *_german(), *_french(), *_spanish()))

# What a request may name, by channel. What names none of them ("messages", "mailing
# list") means the channel that it came by.
_BY_PHONE = "por telefono "
CHANNELS = {
    channel: re.compile(rf"\b{pattern}")
    for channel, pattern in {
        "email": _one(
            "email emails emailing mail mails mailen courriel courriels correo correos"
        ),
        "sms": _alternatives(
            _one("sms text texts texting texto textos whatsapp whatsapps"), _BY_PHONE
        ),
        "whatsapp": _one("whatsapp whatsapps"),
        "letter": _one("letter letters brief briefe courrier courriers lettres cartas"),
        "call": _alternatives(
            _one(
                "call calls calling phoning anruf anrufe anrufen anzurufen appel "
                "appels appeler appelez telephoner telephonez llamada llamadas llamar "
                "llamarme llamarnos llame llamen llames"
            ),
            _BY_PHONE,
        ),
    }.items()
}

# Contact of whatever kind: beside a channel ("calls and messages") it means all
ANY_CHANNEL = re.compile(
    r"\b"
    + _one(
        "messages message messaging reminders reminder reminding remind notifications "
        "notification notices notice contact contacts contacting contacted write "
        "writing bother bothering harass harassing harassment communication "
        "communications spam spamming newsletter newsletters "
        "nachricht nachrichten kontakt kontaktieren kontaktaufnahme kontaktiert "
        "mahnung mahnungen erinnerung erinnerungen zahlungserinnerung "
        "zahlungserinnerungen schreiben belastigen belastigung benachrichtigungen "
        "werbung "
        "contacter contactez contacte contactes rappel rappels relance relances "
        "relancer relancez ecrire ecrivez harceler harcelement deranger derangez "
        "mensaje mensajes contacto contactar contactarme contactarnos contacten "
        "recordatorio recordatorios escribir escribirme escribirnos escriba escriban "
        "escribas molestar molestarme molestarnos moleste molesten molestes avisos "
        "notificaciones"
    )
)

BESIDE = re.compile(r"\b" + _one("and or nor und oder et ou y o ni"))

# The rest of a list that commas part: "no more letters, emails or calls". In the
# plural, for "do not text me, call or email" asks for both.
LISTED = re.compile(
    _alternatives(
        _one(
            "emails mails messages texts sms letters calls reminders "
            "briefe anrufe nachrichten mahnungen "
            "courriels courriers lettres appels textos rappels relances "
            "correos cartas llamadas mensajes recordatorios "
            "and or nor und oder et ou y o ni "
            "de d any no more text please thanks bitte mehr danke svp merci por favor"
        )
    )
    + "+"
)
