"""VDA 5050, versions 2.1 and 3.0: a fleet's control and its vehicles speak through it, JSON over MQTT.

The document and its JSON schemas: github.com/VDA5050/VDA5050.
"""
