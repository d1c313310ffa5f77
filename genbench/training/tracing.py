"""A function of tensors, run once and written down as its elementary operations, then simplified.

Replaying them spares what vmap and autograd cost at every step. The same inputs give the same numbers, up to rounding where
a product and a sum become one operation.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import BuiltinFunctionType
from typing import TYPE_CHECKING, Any

import torch
from torch._guards import TracingContext, tracing
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx.experimental.proxy_tensor import make_fx
from torch.fx.node import map_arg

if TYPE_CHECKING:
    from torch.fx import Graph, GraphModule, Node

aten = torch.ops.aten
SAME_IF_SHAPE_IS = {aten.expand.default, aten.view.default, aten._unsafe_view.default}
TRANSPOSE = aten.transpose.int
LIKE = {aten.ones_like.default: torch.ones, aten.zeros_like.default: torch.zeros}
"""What depends on no more of its argument than the shape."""


def trace(function: Callable[..., Any], *arguments: Any) -> GraphModule:
    """The function as a module to be called with other tensors of the same shapes; it must return tensors that need no
    gradient. It runs once on the arguments, also its writes into them."""
    with tracing(TracingContext(FakeTensorMode())), _no_garbage_collection():  # without a context, one is made a node
        program = make_fx(function)(*arguments)
    graph = program.graph
    _drop_what_does_nothing(graph)
    _compute_constants(program)
    _transpose_factors(graph)
    _merge_products_with_sums(graph)
    graph.eliminate_dead_code()
    _call_directly(graph)
    for node in graph.nodes:
        node.meta.clear()  # it may hold tensors
    program.recompile()
    return program


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """A full collection takes longer than a trace, whose many small objects call for one."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _drop_what_does_nothing(graph: Graph) -> None:
    """Detaching (nothing is differentiated any more), taking the shape that a tensor has already, and multiplying by
    1 or taking to the power of 1."""
    writes = any(_writes(node) for node in graph.nodes)
    for node in list(graph.nodes):
        if node.op != "call_function" or not node.args:
            continue
        same_shape = node.target in SAME_IF_SHAPE_IS and _shape(node) == _shape(node.args[0])
        by_one = node.target in {aten.mul.Scalar, aten.pow.Tensor_Scalar} and node.args[1] == 1
        times_one = by_one and not writes  # else it may serve as a copy
        if node.target is aten.detach.default or same_shape or (times_one and _dtype(node) == _dtype(node.args[0])):
            node.replace_all_uses_with(node.args[0])
            graph.erase_node(node)


def _compute_constants(program: GraphModule) -> None:
    """What depends on no argument (the gradient of a mean by its terms, say) is computed once. Not in a function that
    writes into tensors, since it may write into a constant."""
    graph = program.graph
    if any(_writes(node) for node in graph.nodes):
        return
    known: dict[Node, Any] = {}
    for node in graph.nodes:
        if node.op == "get_attr":
            known[node] = getattr(program, str(node.target))
        elif node.op == "call_function" and node.target in LIKE:
            value = node.meta["val"]
            known[node] = LIKE[node.target](value.shape, dtype=value.dtype, device=value.device)
        elif node.op == "call_function" and all(argument in known for argument in node.all_input_nodes):
            known[node] = node.target(*map_arg(node.args, known.get), **map_arg(node.kwargs, known.get))
    for number, (node, value) in enumerate(known.items()):
        if (
            node.op == "call_function"
            and isinstance(value, torch.Tensor)
            and not all(user in known for user in node.users)
        ):
            program.register_buffer(f"constant_{number}", value)
            with graph.inserting_before(node):
                constant = graph.get_attr(f"constant_{number}")
            constant.meta = node.meta
            node.replace_all_uses_with(constant)


def _transpose_factors(graph: Graph) -> None:
    """(a b)^T becomes b^T a^T, which lies in memory as the optimiser wants the gradient of a weight; (a^T)^T becomes a."""
    for node in list(graph.nodes):
        if not _is_transpose(node):
            continue
        product = node.args[0]
        if product.target is aten.bmm.default and len(product.users) == 1:
            first, second = product.args
            with graph.inserting_before(node):
                swapped = graph.call_function(aten.bmm.default, (_transposed(graph, second), _transposed(graph, first)))
            swapped.meta = node.meta
            node.replace_all_uses_with(swapped)
            graph.erase_node(node)
            graph.erase_node(product)


def _transposed(graph: Graph, node: Node) -> Node:
    if _is_transpose(node):
        inner: Node = node.args[0]  # type: ignore[assignment]
        return inner
    swapped = graph.call_function(TRANSPOSE, (node, 1, 2))
    swapped.meta["val"] = node.meta["val"].transpose(1, 2)
    return swapped


def _merge_products_with_sums(graph: Graph) -> None:
    """a + b c in one operation, of matrices or element by element, where the product is used nowhere else."""
    for node in list(graph.nodes):
        if node.target is not aten.add.Tensor or node.kwargs or len(node.args) != 2:
            continue
        for term, product in (node.args, node.args[::-1]):
            operation = _sum_with_product(node, term, product)
            if operation is not None:
                with graph.inserting_before(node):
                    merged = graph.call_function(operation, (term, *product.args))
                merged.meta = node.meta
                node.replace_all_uses_with(merged)
                graph.erase_node(node)
                graph.erase_node(product)
                break


def _sum_with_product(node: Node, term: Any, product: Any) -> Any:
    """The operation that is term + product; None if there is none. Beside a product of matrices the term has one row for
    each example or one for all; else all have one shape."""
    if term is product or not (_is_node(term) and _is_node(product)) or len(product.users) != 1:
        return None
    if product.target is aten.bmm.default:
        fits = len(_shape(term)) == 3 and _shape(node) == _shape(product) and _dtype(term) == _dtype(product)
        return aten.baddbmm.default if fits else None
    if product.target is aten.mul.Tensor and all(_is_node(factor) for factor in product.args):
        forms = {(_shape(one), _dtype(one)) for one in (node, term, *product.args)}
        return aten.addcmul.default if len(forms) == 1 else None
    return None


def _call_directly(graph: Graph) -> None:
    """``torch.mul`` and its like for ``torch.ops.aten.mul.Tensor``: the same, and called at less cost."""
    for node in graph.nodes:
        if isinstance(node.target, torch._ops.OpOverload) and node.target.namespace == "aten":
            direct = getattr(torch, node.target._schema.name.removeprefix("aten::"), None)
            if isinstance(direct, BuiltinFunctionType):
                node.target = direct


def _is_node(value: Any) -> bool:
    return isinstance(value, torch.fx.Node)


def _is_transpose(node: Node) -> bool:
    return node.target is TRANSPOSE and len(_shape(node)) == 3 and {axis % 3 for axis in node.args[1:]} == {1, 2}  # type: ignore[operator]


def _writes(node: Node) -> bool:
    return isinstance(node.target, torch._ops.OpOverload) and node.target._schema.is_mutable


def _shape(node: Any) -> tuple[int, ...]:
    return tuple(node.meta["val"].shape) if _is_node(node) else ()


def _dtype(node: Any) -> Any:
    return node.meta["val"].dtype
