namespace Ptewright.Kernels;

/// <summary>The kernels that are known.</summary>
public static class KernelProfiles
{
    /// <summary>All of them, oldest first.</summary>
    public static IReadOnlyList<KernelProfile> All { get; } = [new Linux515Azure(), new Linux61(), new Linux612(), new Linux618()];

    /// <summary>The profile of a name.</summary>
    /// <exception cref="InvalidInputException">There is none.</exception>
    public static KernelProfile Find(string name) => All.FirstOrDefault(profile => profile.Name == name)
        ?? throw new InvalidInputException($"There is no kernel profile '{name}'; there are {string.Join(", ", All.Select(profile => profile.Name))}.");
}
