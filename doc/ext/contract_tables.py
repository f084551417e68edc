"""Tables of the documentation, made from the contract."""

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

from ec2attrs_tempest_plugin.contract.requirements import REQUIREMENTS


class RequirementTable(Directive):
    """All requirements: id, sentence, source."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        group = nodes.tgroup(cols=3)
        group += [nodes.colspec(colwidth=width) for width in (12, 78, 10)]
        group += nodes.thead('', _row(*(nodes.paragraph(text=title) for title in
                                        ('Requirement', 'What must hold', 'Source'))))
        body = nodes.tbody()
        for requirement in REQUIREMENTS.values():
            link = nodes.reference('', 'source', refuri=requirement.link)
            body += _row(nodes.paragraph('', '', nodes.literal(text=requirement.id)),
                         nodes.paragraph(text=requirement.sentence),
                         nodes.paragraph('', '', link))
        group += body
        return [nodes.table('', group)]


def _row(*cells: nodes.Node) -> nodes.row:
    return nodes.row('', *(nodes.entry('', cell) for cell in cells))


def setup(app: Sphinx) -> dict[str, bool]:
    """Make the directive known to Sphinx."""
    app.add_directive('requirement-table', RequirementTable)
    return {'parallel_read_safe': True}
