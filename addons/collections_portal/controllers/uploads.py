"""Files that visitors hand in: counted, measured, looked into and named anew."""

import re

from odoo.http import request
from odoo.tools.mimetypes import guess_mimetype

from ..const import MAX_UPLOAD_BYTES, MAX_UPLOADS, UPLOAD_TYPES
from .access import CollectionsPortal


class CollectionsUploadPortal(CollectionsPortal):
    """Forms with files."""

    def _read_files(self, errors, field="files"):
        """Return the files of a form.

        :param dict errors: takes a sentence for the visitor, by the field, when they
            are not taken
        :param str field: name of the form's field
        :return: pairs of name and content
        :rtype: list[tuple[str, bytes]]
        """
        try:
            return read_uploads(field)
        except UploadError as error:
            errors[field] = str(error)
            return []


class UploadError(Exception):
    """A file that is not taken; the message is a sentence for the visitor."""


def read_uploads(field):
    """Return the files of a form.

    :param str field: name of the form's field
    :return: pairs of name and content
    :rtype: list[tuple[str, bytes]]
    :raise UploadError: for too many, too large, and what is no document or picture
    """
    env = request.env
    files = [f for f in request.httprequest.files.getlist(field) if f.filename]
    if len(files) > MAX_UPLOADS:
        raise UploadError(
            env._("Please send at most %(count)s files at once.", count=MAX_UPLOADS)
        )
    taken = []
    for file in files:
        # One byte more than allowed tells enough.
        content = file.stream.read(MAX_UPLOAD_BYTES + 1)
        if len(content) > MAX_UPLOAD_BYTES:
            raise UploadError(
                env._(
                    "A file is larger than %(size)s MB. Please send a smaller one.",
                    size=MAX_UPLOAD_BYTES // 1024 // 1024,
                )
            )
        # By what is in it: the name and the browser say what they like.
        extension = UPLOAD_TYPES.get(guess_mimetype(content, "") if content else "")
        if not extension:
            raise UploadError(
                env._("Please send PDF files or pictures (PNG, JPEG, WebP).")
            )
        taken.append((clean_name(file.filename, extension), content))
    return taken


def clean_name(name, extension):
    """Return a harmless file name with the extension that the content calls for.

    :param str name: as the browser sent it
    :param str extension: with its dot
    :rtype: str
    """
    stem = re.split(r"[\\/]", name)[-1].rsplit(".", 1)[0]
    stem = re.sub(r"[^\w .()-]", "_", stem).strip(" .")[:80]
    return f"{stem or 'file'}{extension}"
