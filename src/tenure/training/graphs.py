"""ONNX graphs put together: several models behind one input, and what is done to probabilities after.

Inside, sums and products are in float64: every part adds its rounding only once, at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, compose, helper, numpy_helper

from tenure.training.algorithms.model import INPUT, OUTPUT, TARGET_OPSET

IR_VERSION = 8
"""The newest that runtimes of 2022 read."""
Constants = Mapping[str, npt.NDArray[np.generic]]


def keep_only(graph: onnx.GraphProto, output: str) -> None:
    """Drop every output but one, and the nodes that only the others needed."""
    kept = [value for value in graph.output if value.name == output]
    del graph.output[:]
    graph.output.extend(kept)
    needed, nodes = {output}, []
    for node in reversed(graph.node):
        if needed & set(node.output):
            needed |= set(node.input)
            nodes.append(node)
    del graph.node[:]
    graph.node.extend(reversed(nodes))


def weighted_mean(models: Sequence[onnx.ModelProto], weights: Sequence[float]) -> onnx.ModelProto:
    """One graph whose probabilities are the weighted mean of those of all models, for the same input.

    Parameters
    ----------
    models
        Each with the input ``features`` and an output ``probabilities``.
    weights
        Of each, with sum 1.
    """
    nodes = []
    for number in range(len(models)):
        nodes += [
            helper.make_node("Cast", [f"m{number}_{OUTPUT}"], [f"exact_{number}"], to=TensorProto.DOUBLE),
            helper.make_node("Mul", [f"exact_{number}", f"weight_{number}"], [f"weighted_{number}"]),
        ]
    nodes += [
        helper.make_node("Sum", [f"weighted_{number}" for number in range(len(models))], ["mean"]),
        helper.make_node("Cast", ["mean"], [OUTPUT], to=TensorProto.FLOAT),
    ]
    constants = {f"weight_{number}": np.array(weight) for number, weight in enumerate(weights)}
    return _behind(models, nodes, constants, prefixes=[f"m{number}_" for number in range(len(models))])


def weighted_evidence(
    models: Sequence[onnx.ModelProto],
    weights: npt.NDArray[np.float64],
    intercepts: npt.NDArray[np.float64],
    *,
    edge: float,
) -> onnx.ModelProto:
    """One graph that says the softmax of the weighted logarithms of what all models say.

    Parameters
    ----------
    models
        Each with the input ``features`` and an output ``probabilities``.
    weights
        Of each model a matrix from its classes to those of the answer.
    intercepts
        Per class of the answer.
    edge
        Below it the logarithm goes on as a straight line.
    """
    nodes, constants = [], {"edge": np.array(edge), "zero": np.array(0.0), "intercepts": intercepts}
    for number in range(len(models)):
        constants[f"weights_{number}"] = weights[number]
        steps = [
            ("Max", [f"exact_{number}", "edge"], "inside"),
            ("Log", [f"inside_{number}"], "log"),
            ("Sub", [f"exact_{number}", "edge"], "beyond"),
            ("Min", [f"beyond_{number}", "zero"], "below"),
            ("Div", [f"below_{number}", "edge"], "line"),
            ("Add", [f"log_{number}", f"line_{number}"], "evidence"),
            ("MatMul", [f"evidence_{number}", f"weights_{number}"], "weighted"),
        ]
        said, exact = f"m{number}_{OUTPUT}", f"exact_{number}"
        nodes.append(helper.make_node("Cast", [said], [exact], to=TensorProto.DOUBLE))
        nodes += [helper.make_node(kind, takes, [f"{made}_{number}"]) for kind, takes, made in steps]
    nodes += [
        helper.make_node(
            "Sum", [*(f"weighted_{number}" for number in range(len(models))), "intercepts"], ["all"]
        ),
        helper.make_node("Softmax", ["all"], ["shares"], axis=1),
        helper.make_node("Cast", ["shares"], [OUTPUT], to=TensorProto.FLOAT),
    ]
    return _behind(models, nodes, constants, prefixes=[f"m{number}_" for number in range(len(models))])


def followed_by(
    model: onnx.ModelProto, nodes: Sequence[onnx.NodeProto], constants: Constants
) -> onnx.ModelProto:
    """The graph with more nodes after it: from float64 ``raw`` to float64 ``mapped``, both [n, k].

    Parameters
    ----------
    model
        With the input ``features`` and an output ``probabilities``.
    nodes
        What is done to ``raw``.
    constants
        What the nodes need besides.
    """
    around = [
        helper.make_node("Cast", [f"inner_{OUTPUT}"], ["raw"], to=TensorProto.DOUBLE),
        *nodes,
        helper.make_node("Cast", ["mapped"], [OUTPUT], to=TensorProto.FLOAT),
    ]
    return _behind([model], around, constants, prefixes=["inner_"])


def _behind(
    models: Sequence[onnx.ModelProto],
    nodes: Sequence[onnx.NodeProto],
    constants: Constants,
    *,
    prefixes: Sequence[str],
) -> onnx.ModelProto:
    """The models side by side, each with a prefix to its names but that of the input, then the nodes."""
    for model in models:
        keep_only(model.graph, OUTPUT)
    parts = [
        compose.add_prefix_graph(model.graph, prefix, rename_inputs=False)
        for model, prefix in zip(models, prefixes, strict=True)
    ]
    first = models[0].graph
    (given,) = (value for value in first.input if value.name == INPUT)
    n_classes = first.output[0].type.tensor_type.shape.dim[1].dim_value or None
    graph = helper.make_graph(
        [*(node for part in parts for node in part.node), *nodes],
        "model",
        [given],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [None, n_classes])],
        [
            *(value for part in parts for value in part.initializer),
            *(numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()),
        ],
    )
    opsets = [helper.make_opsetid(domain, number) for domain, number in _newest(models).items()]
    return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="tenure")


def _newest(models: Iterable[onnx.ModelProto]) -> dict[str, int]:
    """The newest version of each operator set; what converters write means the same in the newer ones."""
    newest = dict(TARGET_OPSET)
    for model in models:
        for opset in model.opset_import:
            newest[opset.domain] = max(opset.version, newest.get(opset.domain, 0))
    return newest
