using System.CommandLine;

namespace Ptewright.Cli.Options;

/// <summary>An option whose value is free text, and may be empty; every other value names or says something.</summary>
/// <param name="name">The option's name.</param>
internal sealed class TextOption(string name) : Option<string?>(name);
