"""A Dash application: a page, a callback that answers, one that fails, and one that hands out a file."""

from dash import Dash, Input, Output, dcc, html

app = Dash(__name__, title="Größen")
app.layout = html.Div(
    [
        dcc.Input(id="name", value="nobody"),
        html.Div(id="greeting"),
        dcc.Graph(id="figure", figure={"data": [{"x": [1, 2], "y": [3, 4]}]}),
        html.Button(id="save"),
        dcc.Download(id="file"),
    ]
)


@app.callback(Output("greeting", "children"), Input("name", "value"))
def greet(name):
    if name == "":
        raise ValueError("no name, on purpose")
    return f"Hello, {name}"


@app.callback(Output("file", "data"), Input("save", "n_clicks"), prevent_initial_call=True)
def save(clicks):
    return dcc.send_bytes(bytes(range(256)) * 1000, "größe.bin")


server = app.server
