"""What a template may say: its syntax tree is checked node by node before it is compiled."""

from collections.abc import Collection

from jinja2 import nodes
from jinja2.visitor import NodeTransformer

from adapters.templates.filters import COMPARED, CONCATENATED, COUNTED, FILTERS, TESTS
from application.ports.template_renderer import TemplateFault
from domain.template import NO_LINKS

LOOPS_MAX = 2
DEPTH_MAX = 30
"""Compiling takes time that grows with the square of the depth, and more."""

GIVEN_NAMES = frozenset({"recipient", "loop", "range", *NO_LINKS})
_STATEMENTS = (nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For, nodes.Assign)
_EXPRESSIONS = (
    *(nodes.Name, nodes.Const, nodes.CondExpr, nodes.Filter, nodes.Test, nodes.Call, nodes.Keyword),
    *(nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not),
    *(nodes.Neg, nodes.Pos, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow),
    *(nodes.Concat, nodes.Tuple, nodes.List, nodes.Dict, nodes.Pair),
)
_ALLOWED = frozenset((*_STATEMENTS, *_EXPRESSIONS))
_WORDS = {
    nodes.AssignBlock: "a set block",
    nodes.CallBlock: "call",
    nodes.Extends: "extends",
    nodes.FilterBlock: "a filter block",
    nodes.FromImport: "import",
    nodes.Import: "import",
    nodes.Include: "include",
    nodes.Macro: "macro",
    nodes.NSRef: "a namespace",
    nodes.ScopedEvalContextModifier: "autoescape",
}


class Guard(NodeTransformer):
    """Refuses what is not on the list, and lets counted filters do the work of loops, of ``~`` and of comparisons.

    Literal lists hold constants only: ``[x, x]`` set to x again and again would double each time. *variables* are the
    names that a template may read beside the recipient, and not set.
    """

    def __init__(self, tree: nodes.Template, variables: Collection[str] = ()) -> None:
        self._variables = variables
        stored = {name.name for name in tree.find_all(nodes.Name) if name.ctx == "store"}
        self._names = GIVEN_NAMES | stored | set(variables)
        self._loops = 0
        self._depth = 0

    def visit(self, node: nodes.Node, *args: object, **kwargs: object) -> nodes.Node:
        """Check *node* and what is in it, and return what stands in its place.

        :raises TemplateFault: a template may not say this; the message has the line.
        """
        if type(node) not in _ALLOWED:
            raise _fault(node, f"a template cannot use {_WORDS.get(type(node), type(node).__name__.lower())}")
        match node:
            case nodes.Name() if node.name not in self._names:
                sees = ", ".join(("recipient", *self._variables))
                raise _fault(node, f"there is no {node.name!r} here; a template sees {sees}, as in recipient.name")
            case nodes.For():
                return self._counted_loop(node)
            case nodes.List() | nodes.Dict() | nodes.Tuple(ctx="load"):
                if not _is_constant(node):
                    raise _fault(node, "a list in a template holds texts and numbers only, as in ['pro', 'team']")
            case nodes.Call() | nodes.Filter() | nodes.Test():
                _check_name(node)
                if node.dyn_args is not None or node.dyn_kwargs is not None:
                    raise _fault(node, "arguments are written one by one, without a star")
        if self._depth == DEPTH_MAX:
            raise _fault(node, "is nested too deeply; make it simpler")
        self._depth += 1
        found = self.generic_visit(node, *args, **kwargs)
        self._depth -= 1
        return _metered(found)

    def _counted_loop(self, node: nodes.For) -> nodes.For:
        if node.recursive:
            raise _fault(node, "a loop cannot be recursive")
        if self._loops == LOOPS_MAX:
            raise _fault(node, f"loops can be nested {LOOPS_MAX} deep")
        steps = sum(1 for _ in node.find_all(nodes.Node))
        self._loops += 1
        self.generic_visit(node)
        self._loops -= 1
        assert isinstance(node.iter, nodes.Expr)
        node.iter = _own_filter(node.iter, COUNTED, nodes.Const(steps))
        return node


def _check_name(node: nodes.Call | nodes.Filter | nodes.Test) -> None:
    match node:
        case nodes.Filter() if node.name not in FILTERS:
            raise _fault(node, f"there is no filter {node.name!r}; there are {', '.join(sorted(FILTERS))}")
        case nodes.Test() if node.name not in TESTS:
            known = sorted(name for name in TESTS if name.isalpha())
            raise _fault(node, f"there is no test {node.name!r}; there are {', '.join(known)}")
        case nodes.Call(node=nodes.Name(name="range") | nodes.Getattr(node=nodes.Name(name="loop"), attr="cycle")):
            pass
        case nodes.Call():
            raise _fault(node, "a template cannot call functions; use a filter, as in recipient.name|upper")


def _is_constant(node: nodes.Node) -> bool:
    match node:
        case nodes.Const():
            return True
        case nodes.Neg() | nodes.List() | nodes.Tuple() | nodes.Dict() | nodes.Pair():
            return all(_is_constant(child) for child in node.iter_child_nodes())
        case _:
            return False


def _metered(node: nodes.Node) -> nodes.Node:
    """Return *node* with the filters that count its work."""
    match node:
        case nodes.Concat():
            parts = nodes.List(node.nodes, lineno=node.lineno, environment=node.environment)
            return _own_filter(parts, CONCATENATED)
        case nodes.Compare():
            node.expr = _weighed(node.expr)
            for operand in node.ops:
                operand.expr = _weighed(operand.expr)
    return node


def _weighed(value: nodes.Expr) -> nodes.Expr:
    return value if _is_constant(value) else _own_filter(value, COMPARED)


def _own_filter(value: nodes.Expr, name: str, *args: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(value, name, list(args), [], None, None, lineno=value.lineno, environment=value.environment)


def _fault(node: nodes.Node, message: str) -> TemplateFault:
    return TemplateFault(f"line {node.lineno}: {message}")
